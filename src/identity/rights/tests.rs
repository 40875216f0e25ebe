//! Who may what, case by case and as rules that hold for all of them.
use super::*;

const OWN: &[Relation] = &[Relation::Own, Relation::TeamMate];
const MATE: &[Relation] = &[Relation::TeamMate];
const LED: &[Relation] = &[Relation::LedTeam];
const OTHER: &[Relation] = &[Relation::Other];

#[test]
fn orders_are_decided_as_the_design_says() {
    use Permission as P;
    use Phase as F;
    use Role::{Admin, Rep, Reviewer};
    use Verdict as V;
    for (role, leads, relations, permission, touched, phase, expected) in [
        (Rep, false, OWN, P::OrdersRead, true, F::Won, V::Allowed),
        (Rep, false, MATE, P::OrdersRead, false, F::Won, V::Allowed),
        (Rep, false, OTHER, P::OrdersRead, false, F::Won, V::Hidden),
        (Rep, false, &[], P::OrdersRead, false, F::Won, V::Hidden),
        (Rep, false, LED, P::OrdersRead, false, F::Won, V::Hidden),
        (Rep, true, LED, P::OrdersRead, false, F::Won, V::Allowed),
        (Rep, false, MATE, P::OrdersEdit, false, F::Shelvable, V::NotOwner),
        (Rep, false, OTHER, P::OrdersEdit, false, F::Shelvable, V::Hidden),
        (Rep, true, LED, P::OrdersEdit, false, F::Shelvable, V::NotOwner),
        (Reviewer, true, LED, P::OrdersEdit, false, F::Shelvable, V::Role),
        (Reviewer, true, LED, P::OrdersTransfer, false, F::Shelvable, V::Allowed),
        (Reviewer, true, OTHER, P::OrdersTransfer, false, F::Shelvable, V::NotOwner),
        (Rep, false, OTHER, P::OrdersApprove, false, F::Other, V::Role),
        (Reviewer, false, OTHER, P::OrdersApprove, false, F::Other, V::Allowed),
        (Reviewer, false, OTHER, P::OrdersReturn, true, F::Other, V::OwnOrder),
        (Admin, false, OTHER, P::OrdersApprove, true, F::Other, V::OwnOrder),
        (Admin, false, OWN, P::OrdersApprove, false, F::Other, V::OwnOrder),
        (Reviewer, false, OTHER, P::OrdersReopen, false, F::Other, V::Allowed),
        (Reviewer, false, OTHER, P::OrdersReopen, false, F::Won, V::Role),
        (Admin, false, OTHER, P::OrdersReopen, false, F::Won, V::Allowed),
        (Rep, true, LED, P::OrdersExpire, false, F::Shelvable, V::Role),
        (Rep, false, OWN, P::OrdersTransfer, true, F::Shelvable, V::Allowed),
        (Rep, true, LED, P::OrdersTransfer, false, F::Shelvable, V::Allowed),
        (Rep, false, OWN, P::OrdersArchive, true, F::Shelvable, V::Allowed),
        (Rep, false, OWN, P::OrdersArchive, true, F::Won, V::NotOwner),
        (Admin, false, OTHER, P::OrdersArchive, false, F::Won, V::Allowed),
    ] {
        assert_eq!(decide_order(role, leads, relations, permission, touched, phase), expected, "{role:?} {relations:?} {permission:?} {phase:?}");
    }
}

#[test]
fn customers_are_decided_as_the_design_says() {
    use CustomerVerdict as V;
    use Permission as P;
    use Role::{Admin, Rep, Reviewer};
    for (role, leads, relations, permission, own_order, expected) in [
        (Rep, false, OWN, P::CustomersRead, false, V::Full),
        (Rep, false, MATE, P::CustomersRead, false, V::Full),
        (Rep, false, OTHER, P::CustomersRead, false, V::Masked),
        (Rep, false, OTHER, P::CustomersRead, true, V::Full),
        (Rep, true, LED, P::CustomersRead, false, V::Full),
        (Reviewer, false, OTHER, P::CustomersRead, false, V::Full),
        (Reviewer, false, OWN, P::CustomersCreate, false, V::Role),
        (Reviewer, true, OWN, P::CustomersCreate, false, V::Full),
        (Rep, false, OWN, P::CustomersEdit, false, V::Full),
        (Rep, false, OTHER, P::CustomersEdit, true, V::NotOwner),
        (Rep, true, LED, P::CustomersTransfer, false, V::Full),
        (Admin, false, OTHER, P::CustomersArchive, false, V::Full),
    ] {
        assert_eq!(decide_customer(role, leads, relations, permission, own_order), expected, "{role:?} {relations:?} {permission:?}");
    }
}

#[test]
fn receivers_are_team_mates_or_of_the_led_team() {
    for (role, own, leads, shares, in_led, expected) in [
        (Role::Admin, false, false, false, false, true),
        (Role::Rep, true, false, true, false, true),
        (Role::Rep, true, false, false, false, false),
        (Role::Rep, false, false, true, false, false),
        (Role::Rep, false, true, false, true, true),
        (Role::Rep, false, true, true, false, false),
        (Role::Reviewer, true, false, true, true, false),
        (Role::Reviewer, false, true, false, true, true),
    ] {
        assert_eq!(may_receive(role, own, leads, shares, in_led), expected, "{role:?} {own} {leads} {shares} {in_led}");
    }
}

/// Runs through every role, lead or not, set of relations and permission there is.
fn every_case(mut check: impl FnMut(Role, bool, &[Relation], Permission)) {
    for set in 0_u8..16 {
        let relations: Vec<Relation> = Relation::ALL.iter().copied().filter(|r| set & (1 << *r as u8) != 0).collect();
        for (role, leads) in Role::ALL.iter().flat_map(|role| [(*role, false), (*role, true)]) {
            Permission::ALL.iter().for_each(|permission| check(role, leads, &relations, *permission));
        }
    }
}

#[test]
fn every_decision_keeps_the_house_rules() {
    every_case(|role, leads, relations, permission| {
        let held = holds(role, leads, permission);
        for (touched, phase) in Phase::ALL.iter().flat_map(|phase| [(false, *phase), (true, *phase)]) {
            let decide = |permission| decide_order(role, leads, relations, permission, touched, phase);
            let (verdict, readable) = (decide(permission), decide(Permission::OrdersRead) == Verdict::Allowed);
            assert!(held || verdict == Verdict::Role, "what is never held is refused by role");
            assert!(!held || (verdict == Verdict::Hidden) != readable, "hidden is exactly what may not be read");
            let judges = [Permission::OrdersApprove, Permission::OrdersReturn, Permission::OrdersReopen].contains(&permission);
            assert!(!(judges && touched && verdict == Verdict::Allowed), "nobody judges what they had a hand in");
        }
        let customer = decide_customer(role, leads, relations, permission, false);
        assert_eq!(held, customer != CustomerVerdict::Role);
        assert!(customer != CustomerVerdict::Masked || permission == Permission::CustomersRead, "only reading is masked");
    });
}

#[test]
fn words_read_back_and_columns_are_in_order() {
    assert!(Role::ALL.iter().enumerate().all(|(i, role)| *role as usize == i && Role::parse(role.as_str()) == Some(*role)));
    assert!(Permission::ALL.iter().all(|p| Permission::parse(p.as_str()) == Some(*p)));
    assert!(Permission::ALL.iter().all(|p| holds(Role::Admin, false, *p)), "an admin lacks nothing");
    assert_eq!(matrix_text().lines().count(), 2 + Permission::ALL.len() + 3);
}
