//! What the demo shows: an organisation, its people and its products, in Chinese and English. All of it is made up.
//! Pure data: `customers` and `orders` hold the rest; whoever loads it decides about passwords and ids.
use chrono::NaiveDate;

pub use super::customers::CUSTOMERS;
pub use super::orders::orders;

pub struct DemoOrganisation {
    pub name: &'static str,
    pub base_currency: &'static str,
    pub time_zone: &'static str,
}

pub struct DemoUser {
    pub name: &'static str,
    pub email: &'static str,
    pub role: &'static str,
    /// One of [`TEAMS`].
    pub team: Option<&'static str>,
    /// Leads that team.
    pub lead: bool,
    pub locale: &'static str,
}

pub struct DemoProduct {
    pub sku: &'static str,
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    pub category: &'static str,
    pub unit: &'static str,
    pub list_price: &'static str,
    pub currency: &'static str,
}

pub struct DemoContact {
    pub name: &'static str,
    pub title: &'static str,
    pub phone: &'static str,
    pub email: &'static str,
    pub channel: &'static str,
}

pub struct DemoCustomer {
    pub name: &'static str,
    /// As people call it; titles of orders use it.
    pub short: &'static str,
    pub industry: &'static str,
    pub region: &'static str,
    /// Index in [`REPS`].
    pub owner: usize,
    pub source: &'static str,
    pub value_tier: &'static str,
    pub intent_level: &'static str,
    /// What it orders in, and the language it writes.
    pub currency: &'static str,
    pub locale: &'static str,
    pub contacts: &'static [DemoContact],
    pub preferences: &'static str,
    /// Product categories it prefers.
    pub categories: &'static [&'static str],
    pub tags: &'static [&'static str],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOrder {
    /// 1 for the oldest, without gaps.
    pub number_hint: usize,
    pub title: String,
    /// Index in [`CUSTOMERS`].
    pub customer: usize,
    /// Index in [`REPS`].
    pub owner: usize,
    pub currency: &'static str,
    pub created_on: NaiveDate,
    /// Set for every status but draft.
    pub submitted_on: Option<NaiveDate>,
    pub status: &'static str,
    pub stage: &'static str,
    /// Set for won, lost, cancelled and expired.
    pub closed_on: Option<NaiveDate>,
    /// Set for lost (a loss reason) and cancelled (a cancel reason).
    pub reason: Option<&'static str>,
    /// Returned: the reviewer's remark. Closed: what was noted at closing. Otherwise the owner's own note.
    pub note: Option<&'static str>,
    pub expected_close: NaiveDate,
    pub intent_level: &'static str,
    pub source: &'static str,
    pub tags: Vec<&'static str>,
    pub lines: Vec<DemoLine>,
    /// By date. A pending order has none, since the first one makes it processed.
    pub follow_ups: Vec<DemoFollowUp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoLine {
    /// Index in [`PRODUCTS`].
    pub product: usize,
    pub quantity: String,
    /// In the currency of the order.
    pub unit_price: String,
    pub discount_rate: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoFollowUp {
    pub on: NaiveDate,
    pub channel: &'static str,
    pub content: &'static str,
    pub result: &'static str,
}

pub const ORGANISATION: DemoOrganisation = DemoOrganisation { name: "华东智能装备", base_currency: "CNY", time_zone: "Asia/Shanghai" };

pub const EAST_CHINA: &str = "华东大区";
pub const OVERSEAS: &str = "Overseas";
pub const TEAMS: &[&str] = &[EAST_CHINA, OVERSEAS];

/// Who does not sell: an admin, and a reviewer who leads the larger team.
pub const STAFF: &[DemoUser] = &[
    DemoUser { name: "周明", email: "admin@demo.example", role: "admin", team: None, lead: false, locale: "zh-CN" },
    DemoUser { name: "陈静", email: "chen.jing@demo.example", role: "reviewer", team: Some(EAST_CHINA), lead: true, locale: "zh-CN" },
];
/// Who sells; customers and orders name their owner by the place in this list.
pub const REPS: &[DemoUser] = &[
    DemoUser { name: "李娜", email: "li.na@demo.example", role: "rep", team: Some(EAST_CHINA), lead: false, locale: "zh-CN" },
    DemoUser { name: "王强", email: "wang.qiang@demo.example", role: "rep", team: Some(EAST_CHINA), lead: false, locale: "zh-CN" },
    DemoUser { name: "Emma Clark", email: "emma.clark@demo.example", role: "rep", team: Some(OVERSEAS), lead: true, locale: "en" },
];

pub const MOBILE: &str = "移动机器人";
pub const COBOT: &str = "协作机器人";
pub const VISION: &str = "机器视觉";
pub const CONTROL: &str = "控制系统";
pub const SOFTWARE: &str = "工业软件";
pub const CONVEYOR: &str = "输送系统";
pub const SERVICE: &str = "Services";

#[rustfmt::skip] // one product two lines: read as a table
pub const PRODUCTS: &[DemoProduct] = &[
    DemoProduct { sku: "HD-AMR-300", name: "智能搬运机器人 A300", aliases: &["A300", "AMR 300", "三百公斤搬运车"],
        category: MOBILE, unit: "台", list_price: "128000.00", currency: "CNY" },
    DemoProduct { sku: "HD-AMR-600", name: "智能搬运机器人 A600", aliases: &["A600", "AMR 600", "六百公斤搬运车"],
        category: MOBILE, unit: "台", list_price: "218000.00", currency: "CNY" },
    DemoProduct { sku: "HD-COB-10", name: "六轴协作机器人 C10", aliases: &["C10", "Cobot C10", "协作臂"],
        category: COBOT, unit: "台", list_price: "96500.00", currency: "CNY" },
    DemoProduct { sku: "HD-VIS-CAM2", name: "视觉检测相机 V2", aliases: &["V2", "V2 Camera", "检测相机"],
        category: VISION, unit: "台", list_price: "18600.00", currency: "CNY" },
    DemoProduct { sku: "HD-VIS-PRO", name: "视觉检测软件 Inspect Pro", aliases: &["Inspect Pro", "检测软件"],
        category: VISION, unit: "套", list_price: "42000.00", currency: "CNY" },
    DemoProduct { sku: "HD-CTL-E1", name: "边缘控制器 E1", aliases: &["E1", "Edge Controller E1"],
        category: CONTROL, unit: "台", list_price: "9850.00", currency: "CNY" },
    DemoProduct { sku: "HD-SW-LINE", name: "产线监控平台 LineView", aliases: &["LineView", "产线看板"],
        category: SOFTWARE, unit: "年", list_price: "60000.00", currency: "CNY" },
    DemoProduct { sku: "HD-CNV-M1", name: "输送线模块 M1", aliases: &["M1", "Conveyor M1", "滚筒线"],
        category: CONVEYOR, unit: "米", list_price: "2350.50", currency: "CNY" },
    DemoProduct { sku: "HD-SW-PMK", name: "Predictive Maintenance Kit", aliases: &["PM Kit", "预测性维护套件"],
        category: SOFTWARE, unit: "set", list_price: "3450.00", currency: "USD" },
    DemoProduct { sku: "HD-SVC-EXT", name: "Extended Warranty", aliases: &["延保服务", "Warranty Plus"],
        category: SERVICE, unit: "year", list_price: "1200.00", currency: "USD" },
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_products_share_a_name() {
        let mut taken = HashSet::new();
        for product in PRODUCTS {
            // An own alias may fold to the own name; another product's may not.
            let own: HashSet<String> = [product.sku, product.name].iter().chain(product.aliases).map(|n| n.replace(' ', "").to_lowercase()).collect();
            assert!(own.is_disjoint(&taken), "{}", product.name);
            taken.extend(own);
        }
    }

    #[test]
    fn people_are_complete() {
        let all: Vec<&DemoUser> = STAFF.iter().chain(REPS).collect();
        assert_eq!(all.iter().map(|u| u.email).collect::<HashSet<_>>().len(), 5);
        assert!(all.iter().all(|u| u.email.ends_with("@demo.example") && u.team.is_none_or(|t| TEAMS.contains(&t))));
        assert!(TEAMS.iter().all(|t| all.iter().filter(|u| u.lead && u.team == Some(t)).count() == 1));
        assert!(["admin", "reviewer"].iter().all(|role| STAFF.iter().any(|u| u.role == *role)));
        assert!(REPS.iter().all(|u| u.role == "rep"));
    }
}
