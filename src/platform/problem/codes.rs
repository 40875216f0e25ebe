//! The codes of problems and faults, each with its status and its words in both languages: one table each, so that none lacks a text.
use actix_web::http::StatusCode;

use super::Locale;

macro_rules! problems {
    ($($name:ident $code:literal $status:ident $title_en:literal $title_zh:literal $detail_en:literal $detail_zh:literal;)*) => {
        /// What kind of problem it is: stable, for programs to decide by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($name),* }
        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $code),* } }
            #[must_use]
            pub const fn status(self) -> StatusCode { match self { $(Self::$name => StatusCode::$status),* } }
            /// Title and detail; `{name}` stands for a parameter.
            #[must_use]
            pub const fn texts(self, locale: Locale) -> (&'static str, &'static str) {
                match (self, locale) { $((Self::$name, Locale::En) => ($title_en, $detail_en), (Self::$name, Locale::ZhCn) => ($title_zh, $detail_zh)),* }
            }
        }
    };
}

problems! {
    MalformedJson "malformed_json" BAD_REQUEST "Malformed JSON" "JSON 格式错误" "The body is not valid JSON: {reason}." "请求体不是有效的 JSON：{reason}。";
    MalformedRequest "malformed_request" BAD_REQUEST "Malformed request" "请求格式错误" "The request cannot be read. {reason}" "请求无法读取。{reason}";
    UnknownParameter "unknown_parameter" BAD_REQUEST "Unknown query parameter" "未知的查询参数" "There is no query parameter {name} here. Known are: {known}." "此处没有查询参数 {name}。可用参数：{known}。";
    BadParameter "bad_parameter" BAD_REQUEST "Query parameter out of range" "查询参数无效" "The query parameter {name} is not usable. {reason}" "查询参数 {name} 无法使用。{reason}";
    BadCursor "bad_cursor" BAD_REQUEST "Cursor not valid here" "游标无效" "The cursor was not made for this caller, sort and filter. Start again without one." "该游标不属于当前用户、排序或筛选条件，请不带游标重新开始。";
    MissingToken "missing_token" UNAUTHORIZED "Log in first" "请先登录" "Send Authorization: Bearer with an access token from POST /api/v1/auth/login, or with an API key." "请在请求头 Authorization: Bearer 中携带由 POST /api/v1/auth/login 获得的访问令牌，或 API 密钥。";
    InvalidToken "invalid_token" UNAUTHORIZED "Token not valid" "令牌无效" "The token is expired, revoked or not one of ours. Log in again, or refresh." "令牌已过期、已吊销或并非本系统签发，请重新登录或刷新令牌。";
    BadCredentials "bad_credentials" UNAUTHORIZED "E-mail or password wrong" "邮箱或密码错误" "No active user has this e-mail and password." "没有与此邮箱和密码匹配的有效用户。";
    Role "role" FORBIDDEN "Your role may not do this" "您的角色无权执行此操作" "This needs the permission {permission}, which your role does not have." "此操作需要权限 {permission}，您的角色不具备该权限。";
    Scope "scope" FORBIDDEN "Not in the scopes of this API key" "API 密钥权限不足" "This API key has no scope for {permission}. Use another key, or log in." "该 API 密钥的权限范围不包含 {permission}，请使用其他密钥，或登录后操作。";
    NotOwner "not_owner" FORBIDDEN "Not yours to change" "非负责人，无权操作" "Only the owner of this record, or an administrator, may do this." "只有该记录的负责人或管理员可以执行此操作。";
    OwnOrder "own_order" FORBIDDEN "Not on an order of your own" "不能审核自己的订单" "Whoever created, owns, submitted or last critically changed an order cannot approve, return or reopen it. Another reviewer has to." "订单的创建人、负责人、提交人或关键修改人不能审核、退回或重新打开该订单，须由其他审核人处理。";
    NotReviewer "not_reviewer" FORBIDDEN "Not yours to review" "非本次审核人" "The review of this order is with others at this step." "该订单当前的审核步骤由其他人负责。";
    NotFound "not_found" NOT_FOUND "Not found" "未找到" "There is nothing at this address, or it is not yours to see." "该地址没有内容，或您无权查看。";
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed" "不支持的请求方法" "This address answers to {allow}." "该地址支持的方法：{allow}。";
    NotAcceptable "not_acceptable" NOT_ACCEPTABLE "No such representation" "不支持的响应格式" "This address answers with {offered}." "该地址可返回：{offered}。";
    RequestTimeout "request_timeout" REQUEST_TIMEOUT "Too slow" "请求超时" "The body did not arrive in time: {seconds} s are given. Nothing was stored; send it again." "请求体未在 {seconds} 秒内到达，未保存任何内容，请重新发送。";
    WrongState "wrong_state" CONFLICT "Not in this status" "当前状态不允许此操作" "{action} is possible for an order that is {allowed_from}; this one is {status}." "操作 {action} 仅适用于状态为 {allowed_from} 的订单，当前状态为 {status}。";
    NotEditable "not_editable" CONFLICT "Not editable in this status" "当前状态不可编辑" "An order that is {status} does not let these fields change." "订单状态为 {status} 时，这些字段不可修改。";
    Duplicate "duplicate" CONFLICT "Already there" "已存在" "Another record already has this value; it must be unique." "另一条记录已使用该值，该值必须唯一。";
    NotDue "not_due" CONFLICT "Still valid" "尚未到期" "The order is valid until {date}; it can expire after that day." "订单有效期至 {date}，到期后才能标记为过期。";
    ReviewRequired "review_required" CONFLICT "A new review is needed" "需要重新审核" "The amount {amount} is further below the approved {approved} than the tolerance allows. Change the order and have it reviewed again." "金额 {amount} 低于已审核金额 {approved} 且超出容差，请修改订单并重新提交审核。";
    Claimed "claimed" CONFLICT "Claimed by another" "已被他人领取" "Another reviewer works on this order until {until}, unless they give it back." "另一位审核人正在处理该订单，最晚至 {until}，或由其提前释放。";
    UnresolvedRemarks "unresolved_remarks" CONFLICT "Remarks are unresolved" "有未解决的审核意见" "Remarks that must be fixed and are not resolved: {count}. Have them resolved, return the order, or let them pass with waive and a note." "有 {count} 条必须修改的审核意见未解决。请等待解决、退回订单，或使用 waive 并填写说明予以放行。";
    NoReviewer "no_reviewer" CONFLICT "Nobody could review it" "没有可用的审核人" "No active reviewer is free of a part in this order. Ask an administrator to add one." "没有与该订单无关的有效审核人，请联系管理员添加。";
    OpenOrders "open_orders" CONFLICT "Has open orders" "名下有未结订单" "Open orders that this user answers for: {count}. Name in transfer_to who takes them over." "该用户名下有 {count} 个未结订单，请在 transfer_to 中指定接手人。";
    LastAdmin "last_admin" CONFLICT "The last administrator" "最后一位管理员" "Without this user nobody could administer the service. Make another active administrator with a password first." "此用户是最后一位可登录的管理员，请先添加另一位有效且已设置密码的管理员。";
    InUse "in_use" CONFLICT "Still in use" "仍在使用" "{code} is in use and cannot be removed; retire it instead." "{code} 正在使用，不能删除，请将其停用。";
    BaseCurrencyInUse "base_currency_in_use" CONFLICT "The base currency is in use" "本位币正在使用" "Exchange rates are kept, or orders are valued, in {currency}. The base currency cannot change any more." "汇率或订单金额以 {currency} 为本位币，本位币不能再更改。";
    JobEnded "job_ended" CONFLICT "Already ended" "任务已结束" "The job has ended as {state}; there is nothing left to cancel." "任务已结束（{state}），无法取消。";
    LeaseLost "lease_lost" CONFLICT "Taken over" "任务已被接管" "The job goes on elsewhere." "该任务已由其他进程继续执行。";
    Stale "stale" PRECONDITION_FAILED "Changed in the meantime" "记录已被修改" "The record is at version {version} now. Read it again, then repeat the change." "该记录当前版本为 {version}，请重新读取后再修改。";
    NothingToMatch "nothing_to_match" PRECONDITION_FAILED "Not there yet" "记录尚不存在" "If-Match names a version, but there is no such record yet. Leave If-Match out to create it." "If-Match 指定了版本，但该记录尚不存在。如需新建，请勿携带 If-Match。";
    TooLarge "too_large" PAYLOAD_TOO_LARGE "Too large" "请求过大" "At most {most} bytes are taken here." "此处最多接受 {most} 字节。";
    UrlTooLong "url_too_long" URI_TOO_LONG "Address too long" "地址过长" "Path and query have at most {most} bytes." "路径和查询参数最多 {most} 字节。";
    HeadersTooLarge "headers_too_large" REQUEST_HEADER_FIELDS_TOO_LARGE "Header fields too large" "请求头过大" "All header fields together have at most {most} bytes." "所有请求头合计最多 {most} 字节。";
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE "Media type not supported" "不支持的媒体类型" "Send the body as {offered}." "请以 {offered} 格式发送请求体。";
    Invalid "invalid" UNPROCESSABLE_ENTITY "Breaks rules" "内容不符合要求" "What was sent is not as it must be. Faults listed under errors: {count}." "提交的内容有 {count} 处不符合要求，详见 errors。";
    IfMatchRequired "if_match_required" PRECONDITION_REQUIRED "If-Match is missing" "缺少 If-Match" "Send If-Match with the ETag that you last read, so that nobody's change is overwritten unseen." "请在 If-Match 中携带最近读取的 ETag，避免覆盖他人的修改。";
    KeyReused "key_reused" UNPROCESSABLE_ENTITY "Idempotency-Key reused" "Idempotency-Key 已被使用" "This Idempotency-Key was sent before with another request here. Make a new key for each thing to do." "此 Idempotency-Key 已用于另一请求，请为每次操作生成新的键。";
    RequestInProgress "request_in_progress" CONFLICT "Still under way" "请求处理中" "The same request with this Idempotency-Key is still under way. Send it again soon to get its answer." "带有此 Idempotency-Key 的相同请求仍在处理中，请稍后重发以获取结果。";
    TooManyRequests "too_many_requests" TOO_MANY_REQUESTS "Too many requests" "请求过于频繁" "Wait {seconds} s, then go on." "请等待 {seconds} 秒后再试。";
    Internal "internal" INTERNAL_SERVER_ERROR "A fault of ours" "服务器内部错误" "Something failed here that should not have. The request id helps to find it in the log." "服务器发生意外错误，可凭请求编号在日志中查找。";
    Busy "busy" SERVICE_UNAVAILABLE "Busy" "系统繁忙" "Too many wait for the database. Nothing was stored; try again soon." "数据库繁忙，未保存任何内容，请稍后重试。";
    Unavailable "unavailable" SERVICE_UNAVAILABLE "Database away" "数据库不可用" "The database does not answer or takes no writes. Nothing was stored; try again soon." "数据库无响应或无法写入，未保存任何内容，请稍后重试。";
    Draining "draining" SERVICE_UNAVAILABLE "Shutting down" "服务正在停止" "This instance finishes what runs and takes nothing new. Ask another one." "此实例正在完成现有请求，不再接受新请求，请访问其他实例。";
    OutcomeUnknown "outcome_unknown" SERVICE_UNAVAILABLE "Outcome unknown" "结果未知" "The connection was lost while committing. Send it again with the same Idempotency-Key, or read the record to learn whether the change was stored." "提交时连接中断，请使用相同的 Idempotency-Key 重发，或读取记录以确认修改是否已保存。";
}

macro_rules! faults {
    ($($name:ident $code:literal $en:literal $zh:literal;)*) => {
        /// What is wrong in one place: stable, for programs to decide by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FaultCode { $($name),* }
        impl FaultCode {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$name => $code),* } }
            /// The code of that name.
            #[must_use]
            pub fn parse(code: &str) -> Option<Self> { Self::ALL.iter().copied().find(|c| c.as_str() == code) }
            /// The words; `{name}` stands for a parameter.
            #[must_use]
            pub const fn text(self, locale: Locale) -> &'static str {
                match (self, locale) { $((Self::$name, Locale::En) => $en, (Self::$name, Locale::ZhCn) => $zh),* }
            }
        }
    };
}

faults! {
    Required "required" "This is required." "此项必填。";
    WrongType "wrong_type" "Expected {expected}, got {got}." "应为 {expected}，实际为 {got}。";
    UnknownField "unknown_field" "There is no such field here. Known are: {known}." "没有此字段。可用字段：{known}。";
    ReadOnly "read_only" "This is set by the server; leave it out." "此字段由系统设置，请勿提交。";
    TooShort "too_short" "At least {min} characters are needed." "至少需要 {min} 个字符。";
    TooLong "too_long" "At most {max} characters are allowed." "最多允许 {max} 个字符。";
    TooMany "too_many" "At most {max} entries are allowed." "最多允许 {max} 项。";
    TooFew "too_few" "At least {min} entries are needed." "至少需要 {min} 项。";
    ControlCharacter "control_character" "The text holds a character that cannot be stored (a control character or a lone surrogate)." "文本包含无法保存的字符（控制字符或孤立代理项）。";
    NotADecimal "not_a_decimal" "This is not a decimal number, such as 1299.50." "不是有效的十进制数，例如 1299.50。";
    TooManyDecimals "too_many_decimals" "At most {max} decimal places are allowed." "最多允许 {max} 位小数。";
    BelowMinimum "below_minimum" "The value is below {min}." "数值低于 {min}。";
    AboveMaximum "above_maximum" "The value is above {max}." "数值高于 {max}。";
    NotOneOf "not_one_of" "Allowed are {allowed}." "可用值为 {allowed}。";
    NotADate "not_a_date" "This is not a date of the form YYYY-MM-DD." "不是 YYYY-MM-DD 格式的日期。";
    NotATime "not_a_time" "This is not a time of the form 2027-03-31T08:00:00Z." "不是 2027-03-31T08:00:00Z 格式的时间。";
    NotAClockTime "not_a_clock_time" "This is not a time of the day such as 09:00." "不是有效的时刻，例如 09:00。";
    NotAnId "not_an_id" "This is not an id (a UUID)." "不是有效的标识（UUID）。";
    NotAnEmail "not_an_email" "This is not an e-mail address." "不是有效的邮箱地址。";
    NotACurrency "not_a_currency" "This is not a currency code of ISO 4217, such as CNY." "不是 ISO 4217 货币代码，例如 CNY。";
    NotAZone "not_a_zone" "This is not a time zone of the IANA list, such as Asia/Shanghai." "不是 IANA 时区，例如 Asia/Shanghai。";
    NotALocale "not_a_locale" "Languages here are en and zh-CN." "支持的语言为 en 和 zh-CN。";
    WeakPassword "weak_password" "Between {min} and {max} characters are needed." "长度须为 {min} 至 {max} 个字符。";
    WrongPassword "wrong_password" "This is not the right one." "不正确。";
    TimePassed "time_passed" "This time has passed already." "该时间已过。";
    DateTooEarly "date_too_early" "The date is before {earliest}." "日期早于 {earliest}。";
    DateTooLate "date_too_late" "The date is after {latest}." "日期晚于 {latest}。";
    UnknownProduct "unknown_product" "No product has the id, sku, name or alias {given}." "没有标识、编码、名称或别名为 {given} 的产品。";
    UnknownReference "unknown_reference" "There is no {what} {given}, or it is not yours to use." "{what} {given} 不存在，或您无权使用。";
    Ambiguous "ambiguous" "More than one {what} is called {given}: {ids}. Name one by its id." "有多个名为 {given} 的{what}：{ids}，请用标识指定。";
    Conflicting "conflicting" "Only one of {fields} may be given." "{fields} 只能提供其中一个。";
    Taken "taken" "{value} is already used by another record." "{value} 已被另一条记录使用。";
    NotEditable "not_editable" "This cannot change while the order is {status}." "订单状态为 {status} 时此项不可修改。";
    UnknownLine "unknown_line" "The order has no line {given}." "订单中没有订单行 {given}。";
    NoteRequired "note_required" "This is required here." "此处必须填写。";
    UnknownPointer "unknown_pointer" "This names no field of the order." "未指向订单中的任何字段。";
    TooFine "too_fine" "{currency} has {places} decimal places." "{currency} 只有 {places} 位小数。";
    NoListPrice "no_list_price" "The product has no list price in {currency}; give a unit price." "该产品没有 {currency} 目录价，请填写单价。";
    AmountTooLarge "amount_too_large" "The amount is larger than can be kept." "金额过大，无法保存。";
    Inconsistent "inconsistent" "This does not go together with {other}." "与 {other} 不一致。";
    AlreadyDiffers "already_differs" "The record exists with {field} {current}; an import does not change it. Use the action for it." "记录已存在，{field} 为 {current}，导入不会修改，请使用相应操作。";
    NotACode "not_a_code" "A code has 1 to 50 characters of a to z, 0 to 9 and _." "代码由 1 至 50 个字符组成，只能使用 a 至 z、0 至 9 和 _。";
    Repeated "repeated" "{value} stands here more than once." "{value} 重复出现。";
    NoneActive "none_active" "At least one entry must be there that is not retired." "至少须有一项未停用。";
    NotRemovable "not_removable" "{code} cannot be removed; retire it instead." "{code} 不能删除，请将其停用。";
    NotUtf8 "not_utf8" "This is not UTF-8. Save the file as CSV in UTF-8." "内容不是 UTF-8 编码，请将文件另存为 UTF-8 编码的 CSV。";
    NoHeader "no_header" "The file needs a first row with the names of its columns, at most {max} bytes long." "文件首行必须是列名，且不超过 {max} 字节。";
    UnknownColumn "unknown_column" "The file has no column {column}. It has: {columns}." "文件中没有列 {column}。现有列：{columns}。";
    DuplicateColumn "duplicate_column" "The column {column} stands twice." "列 {column} 重复。";
    UnknownTarget "unknown_target" "There is no field {target} to fill. Known are: {known}." "没有可填写的字段 {target}。可用字段：{known}。";
    BadTarget "bad_target" "{target} is no field such as title or lines[0].product; places go up to {highest_index}." "{target} 不是有效字段（例如 title 或 lines[0].product），序号最大为 {highest_index}。";
    NoSource "no_source" "Say where the value comes from: one of {known}." "请指定值的来源：{known} 之一。";
    TwoSources "two_sources" "The value can come from one of {sources} alone." "值只能来自 {sources} 其中之一。";
    NeedsColumn "needs_column" "This goes together with column alone." "此项只能与 column 一起使用。";
    NeedsValues "needs_values" "This goes together with values alone." "此项只能与 values 一起使用。";
    NotWithConstant "not_with_constant" "{key} has no meaning for a constant." "{key} 不能与 constant 一起使用。";
    TwoFormats "two_formats" "Only one of date_format and number may be given." "date_format 与 number 只能提供其中一个。";
    BadDateFormat "bad_date_format" "{format} is no format of a whole date, such as %Y-%m-%d." "{format} 不是完整的日期格式，例如 %Y-%m-%d。";
    BadNumberFormat "bad_number_format" "{value} cannot be such a mark; it is one character that is no digit and no sign, another for each." "{value} 不能用作分隔符，须为一个非数字、非正负号的字符，且两者不同。";
    BadTemplate "bad_template" "The template cannot be read from character {position} on; it is text with the names of columns in double braces." "模板从第 {position} 个字符起无法解析，应为文本，列名写在双花括号中。";
    UnknownFilter "unknown_filter" "There is no filter {filter}. Known are: {known}." "没有过滤器 {filter}。可用：{known}。";
    WrongWidth "wrong_width" "The row has {found} cells, the header {expected}." "该行有 {found} 个单元格，表头有 {expected} 个。";
    BadDate "bad_date" "{value} is no date of the form {format}." "{value} 不是 {format} 格式的日期。";
    BadNumber "bad_number" "{value} is no number with {decimal} before its decimals." "{value} 不是以 {decimal} 为小数点的数字。";
    Refused "refused" "This entry is refused as {code}." "该条目被拒绝，代码为 {code}。";
    KeyReused "key_reused" "This key belongs to another request." "该键属于另一请求。";
    TooDeep "too_deep" "Conditions nest {max} levels at most." "条件最多嵌套 {max} 层。";
    NothingToSearch "nothing_to_search" "There is no letter and no digit here to search for, or more than 20 words." "没有可搜索的文字或数字，或超过 20 个词。";
    StandsTwice "stands_twice" "It stands here twice; give several values with commas between them." "重复出现；多个值请用逗号分隔。";
    NotABoolean "not_a_boolean" "This is true or false." "只能为 true 或 false。";
    NotInRange "not_in_range" "This is a whole number from {min} to {max}." "应为 {min} 至 {max} 的整数。";
    NotJson "not_json" "This is not JSON." "不是有效的 JSON。";
    NotADay "not_a_day" "This is no date such as 2027-03-31, and none seen from today such as today, -7d, this_month." "不是 2027-03-31 形式的日期，也不是 today、-7d、this_month 等相对日期。";
    NotAMoment "not_a_moment" "This is no time such as 2027-03-31T08:00:00Z, no date, and none seen from now such as -2h, today, this_month." "不是 2027-03-31T08:00:00Z 形式的时间，也不是日期或 -2h、today、this_month 等相对时间。";
    NotAStretch "not_a_stretch" "between takes two values with a comma between them." "between 须为以逗号分隔的两个值。";
    TooManyConditions "too_many_conditions" "With the other parameters and the view, more than {max} conditions stand side by side; put some into one." "与其他参数及视图合计，并列条件超过 {max} 个，请合并其中一部分。";
    UnknownOperator "unknown_operator" "Operators here are: {allowed}." "此处可用的运算符：{allowed}。";
    NoOperator "no_operator" "No operator is taken here." "此处不能使用运算符。";
    UnknownSort "unknown_sort" "Sort keys are: {allowed}; - in front of one means descending." "可用的排序键：{allowed}；前加 - 表示降序。";
    BrokenView "broken_view" "The condition of the view no longer fits this list; save it anew." "视图条件已不适用于此列表，请重新保存。";
    WithTableAlone "with_table_alone" "This goes together with a table: ask for text/csv, application/x-ndjson or XLSX." "此参数只用于表格，请请求 text/csv、application/x-ndjson 或 XLSX。";
    WithPageAlone "with_page_alone" "A table holds every row; this goes together with application/json." "表格包含所有行，此参数只用于 application/json。";
    NotKept "not_kept" "What was known of it at a moment is not kept: {name}." "未保留其历史状态：{name}。";
    NotAskedHere "not_asked_here" "This answer is not given by {name}." "此处不能按 {name} 分组。";
    TooManyRows "too_many_rows" "The answer has more than {max} rows. Narrow the window or the filter, or ask for fewer dimensions." "结果超过 {max} 行，请缩小时间范围、加严筛选条件或减少维度。";
    SheetFull "sheet_full" "A sheet holds {max} rows at most, and these are more. Narrow the filter or ask for text/csv." "工作表最多 {max} 行，请加严筛选条件，或改用 text/csv。";
    NotEventTypes "not_event_types" "Types look like order.won or order.*, with commas between them." "事件类型形如 order.won 或 order.*，多个类型用逗号分隔。";
    NotRecordTypes "not_record_types" "Types look like order or customer, with commas between them." "记录类型形如 order 或 customer，多个类型用逗号分隔。";
    NotAnIdempotencyKey "not_an_idempotency_key" "An Idempotency-Key has 1 to 255 visible ASCII characters." "Idempotency-Key 由 1 至 255 个可见 ASCII 字符组成。";
    NotAnETag "not_an_etag" "If-Match holds no ETag of this API." "If-Match 不是本 API 返回的 ETag。";
    CutOff "cut_off" "The body was cut off or cannot be unpacked." "请求体不完整或无法解压。";
    NotAForm "not_a_form" "The body is no complete multipart/form-data." "请求体不是完整的 multipart/form-data。";
    NotAReviewer "not_a_reviewer" "{given} cannot review; only active users whose role approves orders can." "{given} 不能审核，只有角色可审批订单的有效用户才能审核。";
    NeverReached "never_reached" "Nothing reaches this, for {other} stands before it and takes every such order." "此项不会生效，因为排在前面的 {other} 已涵盖所有此类订单。";
    NoMatch "no_match" "The text does not have the form that is asked for." "文本不符合要求的格式。";
    PriceOutsideBand "price_outside_band" "This is outside of {min} to {max}, which the list price of {list_price} allows." "超出 {min} 至 {max} 的范围（目录价 {list_price}）。";
    DiscountAboveLimit "discount_above_limit" "This is above {max}, the most that your role may give." "高于 {max}，超出您的角色可给予的上限。";
    NotUnique "not_unique" "Another open record has the same {fields}." "另一条未结记录具有相同的 {fields}。";
    ConditionNotMet "condition_not_met" "This does not go together with the other fields as the standard asks." "与其他字段的组合不符合录入标准。";
    SumBelowMinimum "sum_below_minimum" "The sum is {sum}, below {min}." "合计为 {sum}，低于 {min}。";
    SumAboveMaximum "sum_above_maximum" "The sum is {sum}, above {max}." "合计为 {sum}，高于 {max}。";
    UnsuitedField "unsuited_field" "A rule of the kind {kind} has nothing to say of {field}." "{kind} 类规则不适用于字段 {field}。";
    BadPattern "bad_pattern" "This is no regular expression that can be read here; look-around and back references are not known." "不是可识别的正则表达式，不支持环视和反向引用。";
    CostlyPattern "costly_pattern" "This expression is too long or becomes too large. Make it shorter, with smaller repetitions." "该表达式过长或展开后过大，请缩短或减少重复次数。";
    TypeFixed "type_fixed" "{key} is of the type {type} and stays so; retire it and define another field." "{key} 的类型为 {type}，不可更改；请将其停用并另建字段。";
    FieldRetired "field_retired" "This is retired; what is there may stay or be cleared, nothing else is taken." "此项已停用，已有的值可保留或清除，不再接受其他值。";
    NeedsWhoSets "needs_who_sets" "{field} is required, but not everybody who enters can set it: {roles} cannot." "{field} 为必填项，但并非所有录入者都可填写：{roles} 无权填写。";
    DelayNotRecorded "delay_not_recorded" "The date went to a later day, and no delay is recorded that tells why." "日期已推迟，但没有登记说明原因的延迟。";
    LeadOutside "lead_outside" "This must be an active user." "必须是有效用户。";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    fn is_han(c: char) -> bool {
        ('\u{4e00}'..='\u{9fff}').contains(&c)
    }

    #[test]
    fn every_code_says_the_same_in_both_languages() {
        for code in Code::ALL {
            let ((title_en, en), (title_zh, zh)) = (code.texts(Locale::En), code.texts(Locale::ZhCn));
            assert_eq!(placeholders(en), placeholders(zh), "{}", code.as_str());
            assert!(!title_en.is_empty() && !title_zh.is_empty(), "{}", code.as_str());
        }
        for code in FaultCode::ALL {
            assert_eq!(placeholders(code.text(Locale::En)), placeholders(code.text(Locale::ZhCn)), "{}", code.as_str());
        }
        let texts = |locale| Code::ALL.iter().map(move |c| (c.as_str(), c.texts(locale))).flat_map(|(code, (title, detail))| [(code, title), (code, detail)]);
        let of_faults = |locale| FaultCode::ALL.iter().map(move |c| (c.as_str(), c.text(locale)));
        for (code, text) in texts(Locale::ZhCn).chain(of_faults(Locale::ZhCn)) {
            assert!(text.chars().any(is_han), "{code}: no Chinese text: {text:?}");
        }
        for (code, text) in texts(Locale::En).chain(of_faults(Locale::En)) {
            assert!(text.chars().any(|c| c.is_ascii_lowercase()) && !text.chars().any(is_han), "{code}: no English text: {text:?}");
        }
    }

    #[test]
    fn no_code_stands_twice() {
        assert_eq!(Code::ALL.iter().map(|c| c.as_str()).collect::<BTreeSet<_>>().len(), Code::ALL.len());
        assert_eq!(FaultCode::ALL.iter().map(|c| c.as_str()).collect::<BTreeSet<_>>().len(), FaultCode::ALL.len());
    }
}
