/* icuuc.dll, which Windows 10 has, Qt6Core loads and wine 10 lacks. It knows no converter, as an ICU without data: Qt goes
   on with its own (UTF-8, UTF-16, UTF-32, Latin-1). For tests under wine; nothing that is shipped has it. */
#define API __declspec(dllexport)
enum { U_FILE_ACCESS_ERROR = 4 };

API void *ucnv_open(const char *name, int *error) {
  *error = U_FILE_ACCESS_ERROR;
  return 0;
}
API int ucnv_countAvailable(void) { return 0; }
API const char *ucnv_getAvailableName(int at) { return 0; }
API const char *ucnv_getStandardName(const char *name, const char *standard, int *error) {
  *error = U_FILE_ACCESS_ERROR;
  return 0;
}

/* without a converter nobody calls these; Qt6Core is not loaded where one of the names is missing */
#define NAMED(name) API void name(void) {}
NAMED(ucnv_close) NAMED(ucnv_reset) NAMED(ucnv_getMaxCharSize) NAMED(ucnv_getName) NAMED(ucnv_getToUCallBack)
NAMED(ucnv_getFromUCallBack) NAMED(ucnv_setToUCallBack) NAMED(ucnv_setFromUCallBack) NAMED(ucnv_cbToUWriteUChars)
NAMED(ucnv_cbFromUWriteUChars) NAMED(ucnv_toUnicode) NAMED(ucnv_fromUnicode) NAMED(ucnv_toUCountPending)
NAMED(ucnv_fromUCountPending) NAMED(UCNV_FROM_U_CALLBACK_SUBSTITUTE) NAMED(UCNV_TO_U_CALLBACK_SUBSTITUTE)

int __stdcall DllMainCRTStartup(void *module, unsigned reason, void *reserved) { return 1; }
