; An installer for one user: no administrator, no reboot. packaging/build.py gives VERSION, PAYLOAD, OUT and ICON.
Unicode true
!include MUI2.nsh
!define NAME "VoiceGateway"
!define REMOVAL "Software\Microsoft\Windows\CurrentVersion\Uninstall\${NAME}"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run"

Name "${NAME}"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
RequestExecutionLevel user
SetCompressor /SOLID lzma
BrandingText "${NAME} ${VERSION}"
!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\voicegw-desktop.exe"
!define MUI_FINISHPAGE_RUN_PARAMETERS "--window"

!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_LICENSE "${PAYLOAD}\_internal\LICENSE"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; the program's own folder and nothing else: a recursive removal of $INSTDIR would follow /D=C:\Users
!macro REMOVE_PROGRAM
  RMDir /r "$INSTDIR\_internal"
  Delete "$INSTDIR\voicegw.exe"
  Delete "$INSTDIR\voicegw-desktop.exe"
!macroend

; a program that runs cannot be replaced: say so instead of leaving half of it
!macro MUST_NOT_RUN
  ${If} ${FileExists} "$INSTDIR\voicegw.exe"
    ClearErrors
    Rename "$INSTDIR\voicegw.exe" "$INSTDIR\voicegw.old"
    ${If} ${Errors}
      MessageBox MB_ICONSTOP "${NAME} is running. Quit it from its icon in the tray (or by 'voicegw stop'), then run this again." /SD IDOK
      SetErrorLevel 3
      Quit
    ${EndIf}
    Rename "$INSTDIR\voicegw.old" "$INSTDIR\voicegw.exe"
  ${EndIf}
!macroend

Section "${NAME}" Main
  SectionIn RO
  !insertmacro MUST_NOT_RUN
  !insertmacro REMOVE_PROGRAM
  SetOutPath "$INSTDIR"
  File /r "${PAYLOAD}/*"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\voicegw-desktop.exe" "--window"
  WriteRegStr HKCU "${REMOVAL}" "DisplayName" "${NAME}"
  WriteRegStr HKCU "${REMOVAL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${REMOVAL}" "DisplayIcon" "$INSTDIR\voicegw-desktop.exe"
  WriteRegStr HKCU "${REMOVAL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${REMOVAL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${REMOVAL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${REMOVAL}" "NoModify" 1
  WriteRegDWORD HKCU "${REMOVAL}" "NoRepair" 1
SectionEnd

Section /o "Start at login" Login
  WriteRegStr HKCU "${RUN_KEY}" "${NAME}" '"$INSTDIR\voicegw-desktop.exe"'
SectionEnd

; settings, keys, records and models stay where they are
Section "Uninstall"
  !insertmacro MUST_NOT_RUN
  !insertmacro REMOVE_PROGRAM
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$SMPROGRAMS\${NAME}.lnk"
  DeleteRegKey HKCU "${REMOVAL}"
  DeleteRegValue HKCU "${RUN_KEY}" "${NAME}"
SectionEnd

LangString DESC_Main ${LANG_ENGLISH} "The program, its engines and its command line."
LangString DESC_Login ${LANG_ENGLISH} "Start in the tray when you log in."
!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
  !insertmacro MUI_DESCRIPTION_TEXT ${Main} $(DESC_Main)
  !insertmacro MUI_DESCRIPTION_TEXT ${Login} $(DESC_Login)
!insertmacro MUI_FUNCTION_DESCRIPTION_END
