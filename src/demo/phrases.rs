//! The sentences of the demo's orders, in the customer's language. Made up.
use super::data::{COBOT, CONTROL, CONVEYOR, MOBILE, SERVICE, SOFTWARE, VISION};

/// What is said in one language.
pub struct Phrases {
    /// Where the thing goes: the second half of a title.
    pub places: &'static [&'static str],
    /// What a rep notes on an order.
    pub notes: &'static [&'static str],
    /// What a reviewer asks for when returning.
    pub remarks: &'static [&'static str],
    /// Content and result of a contact.
    pub follow_ups: &'static [(&'static str, &'static str)],
    pub tags: &'static [&'static str],
}

pub const CHINESE: Phrases = Phrases {
    places: &["一期车间", "二期产线", "新建仓库", "总装线", "包装车间", "来料检验区", "成品库", "样板线"],
    notes: &["客户希望先看样机再定数量", "需配合停产窗口安装", "付款方式待定，倾向三三四", "已有竞品在谈，注意报价节奏", "决策人为生产副总"],
    remarks: &["请补充现场尺寸和节拍要求", "折扣高于惯例，请说明理由", "预计成交日期偏早，请与客户确认", "数量与技术方案不一致，请核对"],
    follow_ups: &[
        ("电话沟通技术方案，客户关心节拍", "下周提供仿真结果"),
        ("现场测量，确认通道宽度和地面平整度", "方案可行，补充两处改造"),
        ("微信发送修订报价", "客户内部讨论中"),
        ("邀请客户参观样板工厂", "反馈良好，进入预算申请"),
        ("与采购讨论付款条件和质保", "对方要求延长质保一年"),
        ("视频会议演示看板和报警功能", "客户要求开放接口文档"),
        ("拜访决策人，介绍同行案例", "同意小批量试用"),
    ],
    tags: &["改造", "新建", "扩产", "试点", "年度框架", "紧急"],
};

pub const ENGLISH: Phrases = Phrases {
    places: &["assembly hall", "new warehouse", "packing line", "second line", "incoming inspection", "pilot cell"],
    notes: &[
        "Wants a demo unit before fixing the quantity",
        "Installation only in the summer shutdown",
        "Competing offer on the table",
        "Plant manager decides",
    ],
    remarks: &["Please add the site dimensions", "Discount above the usual, please explain", "Close date looks early, please confirm with the customer"],
    follow_ups: &[
        ("Call about cycle times and floor load", "Send simulation next week"),
        ("Site visit with the integrator", "Layout confirmed, two changes"),
        ("Sent revised offer", "Under internal review"),
        ("Video demo of dashboards and alarms", "Asked for the interface description"),
        ("Discussed warranty and payment terms", "Wants one more year of warranty"),
    ],
    tags: &["retrofit", "greenfield", "pilot", "expansion", "urgent"],
};

/// What an order is about, by the category of its first line: Chinese and English.
pub fn subject(category: &str) -> (&'static str, &'static str) {
    match category {
        MOBILE => ("搬运机器人采购", "Mobile robots"),
        COBOT => ("协作机器人上下料", "Cobot machine tending"),
        VISION => ("视觉检测升级", "Vision inspection"),
        CONTROL => ("控制器更新", "Controller upgrade"),
        CONVEYOR => ("输送线改造", "Conveyor extension"),
        SOFTWARE => ("数字化监控", "Line monitoring"),
        SERVICE => ("延保服务", "Extended warranty"),
        _ => ("设备采购", "Equipment"),
    }
}

/// What is noted when an order is lost or cancelled: Chinese and English.
pub fn closing_note(reason: &str) -> (&'static str, &'static str) {
    match reason {
        "price" => ("报价高于客户预算约一成", "About a tenth above what they would pay"),
        "competitor" => ("客户选择了当地供应商", "Went with a local supplier"),
        "budget" => ("年度预算被削减", "Budget was cut"),
        "timing" => ("项目推迟到明年", "Project moved to next year"),
        "no_need" => ("产线停建，需求取消", "The line will not be built"),
        "duplicate" => ("与已有订单重复", "Same as an earlier order"),
        "customer_withdrew" => ("客户撤回意向", "The customer withdrew"),
        "entry_error" => ("录入错误，已重新录入", "Entered by mistake, entered anew"),
        _ => ("客户重组，负责人变动", "Reorganised, contact left"),
    }
}
