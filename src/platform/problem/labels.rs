//! What people call the fields of bodies, in both languages, once: forms show these words, and what is said of a field begins with them. Of the company's
//! own fields it knows nothing; they bring their labels from the standard.
use super::{Labels, Locale};

/// A text in English and in Chinese.
pub type Text = (&'static str, &'static str);

/// By name or, where a name means something else within another field, by both.
pub const LABELS: &[(&str, Text)] = &[
    ("aliases", ("Aliases", "别名")),
    ("all", ("All of", "全部满足")),
    ("amount", ("Amount", "金额")),
    ("any", ("Any of", "任一满足")),
    ("approved_at", ("Approved at", "审核通过时间")),
    ("at", ("Time", "时间")),
    ("base_currency", ("Base currency", "本位币")),
    ("by", ("Who reviews", "审核方式")),
    ("categories", ("Categories", "类别")),
    ("category", ("Category", "类别")),
    ("channel", ("Channel", "沟通方式")),
    ("closed_on", ("Closed on", "结单日期")),
    ("closing_note", ("Note on closing", "结单说明")),
    ("code", ("Code", "代码")),
    ("columns", ("Columns", "列")),
    ("condition", ("Condition", "条件")),
    ("contacts", ("Contacts", "联系人")),
    ("contacts/channel", ("Preferred channel", "偏好方式")),
    ("contacts/name", ("Name", "姓名")),
    ("contacts/title", ("Position", "职务")),
    ("content", ("Content", "内容")),
    ("created_at", ("Created at", "创建时间")),
    ("critical", ("Critical fields", "关键字段")),
    ("currency", ("Currency", "币种")),
    ("current_password", ("Current password", "当前密码")),
    ("custom", ("Company fields", "企业字段")),
    ("customer_id", ("Customer", "客户")),
    ("customer_name", ("Name of the customer", "客户名称")),
    ("customer_ref", ("Customer in another system", "外部系统中的客户")),
    ("customer_ref/id", ("Id there", "对方标识")),
    ("date", ("Date", "日期")),
    ("days", ("Working days", "工作日")),
    ("decision", ("Decision", "审核决定")),
    ("default", ("Default", "默认值")),
    ("delegate_id", ("Delegate", "代理人")),
    ("description", ("Description", "说明")),
    ("discount_rate", ("Discount rate", "折扣率")),
    ("due_hours", ("Hours to review", "审核时限")),
    ("editable_by", ("Who may set it", "可填写的角色")),
    ("email", ("E-mail", "邮箱")),
    ("en", ("English text", "英文文本")),
    ("entity", ("Kind of records", "记录种类")),
    ("entries", ("Entries", "录入内容")),
    ("escalate", ("Escalation", "超时升级")),
    ("exclusive_max", ("Below the maximum only", "不含上限")),
    ("exclusive_min", ("Above the minimum only", "不含下限")),
    ("expected_close_date", ("Expected close date", "预计成交日期")),
    ("expires_at", ("Expires at", "失效时间")),
    ("external_ref", ("In another system", "外部系统")),
    ("external_ref/id", ("Id there", "对方标识")),
    ("extra_days", ("Extra working days", "补班日")),
    ("field", ("Field", "字段")),
    ("fields", ("Fields", "字段")),
    ("file", ("File", "文件")),
    ("from", ("From", "起始")),
    ("help", ("Help", "填写说明")),
    ("holidays", ("Holidays", "节假日")),
    ("id", ("Id", "标识")),
    ("industry", ("Industry", "行业")),
    ("intent_level", ("Intent level", "意向程度")),
    ("items", ("Items", "条目")),
    ("key", ("Key", "键")),
    ("kind", ("Kind of rule", "规则类型")),
    ("labels", ("Labels", "显示名称")),
    ("lead_email", ("E-mail of the lead", "主管邮箱")),
    ("lead_id", ("Lead", "主管")),
    ("lead_name", ("Name of the lead", "主管姓名")),
    ("line_id", ("Line", "订单行")),
    ("lines", ("Lines", "订单行")),
    ("list_price", ("List price", "目录价")),
    ("locale", ("Language", "语言")),
    ("mapping", ("Mapping", "映射")),
    ("max", ("Maximum", "最大值")),
    ("max_days", ("Most days ahead", "最大天数")),
    ("max_field", ("Field of the maximum", "上限字段")),
    ("max_length", ("Most characters", "最大长度")),
    ("message", ("Remark", "审核意见")),
    ("messages", ("Messages", "提示文本")),
    ("min", ("Minimum", "最小值")),
    ("min_days", ("Least days ahead", "最小天数")),
    ("min_field", ("Field of the minimum", "下限字段")),
    ("min_length", ("Least characters", "最小长度")),
    ("name", ("Name", "名称")),
    ("new_date", ("New date", "新日期")),
    ("new_password", ("New password", "新密码")),
    ("next_contact_at", ("Next contact", "下次联系时间")),
    ("not", ("None of", "不满足")),
    ("note", ("Note", "备注")),
    ("on", ("When it holds", "适用时机")),
    ("op", ("Operator", "运算符")),
    ("order", ("Order", "订单")),
    ("orders", ("Orders", "订单数")),
    ("owner_email", ("E-mail of the owner", "负责人邮箱")),
    ("owner_id", ("Owner", "负责人")),
    ("password", ("Password", "密码")),
    ("pattern", ("Pattern", "格式")),
    ("phone", ("Phone", "电话")),
    ("pointer", ("Place", "位置")),
    ("policies", ("Policies", "审核策略")),
    ("position", ("Position", "顺序")),
    ("preferences", ("Preferences", "偏好")),
    ("preferences/categories", ("Preferred categories", "偏好类别")),
    ("preferences/text", ("What they like", "偏好说明")),
    ("probability", ("Probability", "成交概率")),
    ("product", ("Product", "产品")),
    ("quantity", ("Quantity", "数量")),
    ("rate", ("Rate", "汇率")),
    ("rates", ("Rates", "汇率")),
    ("reason", ("Reason", "原因")),
    ("refresh_token", ("Refresh token", "刷新令牌")),
    ("region", ("Region", "地区")),
    ("remarks", ("Remarks", "审核意见")),
    ("remedy", ("Remedy", "补救措施")),
    ("result", ("Result", "结果")),
    ("retired", ("Retired", "停用")),
    ("role", ("Role", "角色")),
    ("roles", ("Roles", "角色")),
    ("rules", ("Rules", "规则")),
    ("scale", ("Decimal places", "小数位数")),
    ("scopes", ("Scopes", "权限范围")),
    ("severity", ("Severity", "严重程度")),
    ("sharing", ("Shared with", "共享范围")),
    ("side", ("Side", "责任方")),
    ("sku", ("SKU", "编码")),
    ("sort", ("Sort", "排序")),
    ("source", ("Source", "来源")),
    ("stage", ("Stage", "阶段")),
    ("stages", ("Stages", "阶段")),
    ("standard", ("Standard", "录入标准")),
    ("status", ("Status", "状态")),
    ("steps", ("Steps", "审核步骤")),
    ("submitted_at", ("Submitted at", "提交时间")),
    ("system", ("Other system", "系统")),
    ("tags", ("Tags", "标签")),
    ("team", ("Team", "团队")),
    ("team_id", ("Team", "团队")),
    ("time_zone", ("Time zone", "时区")),
    ("title", ("Title", "标题")),
    ("tolerance", ("Tolerance", "容差")),
    ("transfer_to", ("Who takes over", "接手人")),
    ("type", ("Type", "类型")),
    ("unit", ("Unit", "单位")),
    ("unit_price", ("Unit price", "单价")),
    ("until", ("Until", "截止")),
    ("users", ("Users", "用户")),
    ("valid_until", ("Valid until", "有效期至")),
    ("value", ("Value", "值")),
    ("value_tier", ("Value tier", "客户价值")),
    ("values", ("Values", "可选值")),
    ("version", ("Version", "版本")),
    ("visible_to", ("Who may see it", "可见的角色")),
    ("waive", ("Let remarks pass", "放行意见")),
    ("when", ("Condition", "条件")),
    ("within", ("Tolerance", "允许偏差")),
    ("zh-CN", ("Chinese text", "中文文本")),
];

impl Labels {
    /// What people call the field at a JSON pointer; of an item of a list, its list.
    #[must_use]
    pub fn at(pointer: &str) -> Option<Text> {
        let names = || pointer.split('/').filter(|step| !step.is_empty() && !step.bytes().all(|b| b.is_ascii_digit()));
        let mut rest = names().rev();
        let (name, within) = (rest.next()?, rest.next().unwrap_or_default());
        if within == "custom" { None } else { Self::of(within, name) }
    }

    /// What people call a field by its name, within a field of another name or none.
    #[must_use]
    pub fn of(within: &str, name: &str) -> Option<Text> {
        let both = || LABELS.iter().find(|(known, _)| known.split_once('/') == Some((within, name)));
        both().or_else(|| LABELS.iter().find(|(known, _)| *known == name)).map(|(_, text)| *text)
    }
}

impl Locale {
    /// The text in this language.
    #[must_use]
    pub const fn pick(self, (en, zh_cn): Text) -> &'static str {
        match self {
            Self::En => en,
            Self::ZhCn => zh_cn,
        }
    }
}

/// A sentence about a field, led by what people call it.
#[must_use]
pub(super) fn lead(label: &str, sentence: &str, locale: Locale) -> String {
    match locale {
        Locale::En => format!("{label}: {sentence}"),
        Locale::ZhCn => format!("{label}：{sentence}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_by_its_place() {
        for (pointer, expected) in [
            ("/title", Some("Title")),
            ("/lines/0/quantity", Some("Quantity")),
            ("/items/3/lines/0/quantity", Some("Quantity")),
            ("/contacts/12/title", Some("Position")),
            ("/entries/0/contacts/1/title", Some("Position")),
            ("/tags/4", Some("Tags")),
            ("/lines/0", Some("Lines")),
            ("/custom", Some("Company fields")),
            ("/custom/title", None),
            ("/custom/title/0", None),
            ("/colour", None),
            ("/5", None),
            ("", None),
        ] {
            assert_eq!(Labels::at(pointer).map(|text| Locale::En.pick(text)), expected, "{pointer}");
        }
    }

    #[test]
    fn every_label_is_there_once_in_both_languages() {
        assert!(LABELS.windows(2).all(|pair| pair[0].0 < pair[1].0), "not sorted, or twice");
        for (name, (en, zh_cn)) in LABELS {
            assert!(en.is_ascii() && en.starts_with(|c: char| c.is_ascii_uppercase()), "{name}: {en}");
            assert!(zh_cn.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) && !zh_cn.is_empty(), "{name}: {zh_cn}");
        }
    }
}
