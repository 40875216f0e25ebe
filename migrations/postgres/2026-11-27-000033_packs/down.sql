drop trigger order_left_pack on order_facts_packed;
drop function order_left_pack();
drop index order_facts_today;
alter table order_facts detach partition order_facts_now;
alter table order_facts_now rename to order_facts_after;
alter table order_facts drop column packed;
create table order_facts_now partition of order_facts for values in (null);
insert into order_facts_now (valid_to, archived_at, closed_on, status, currency, amount, source, intent_level, team_id, owner_id, industry, region, value_tier,
        first_submitted_at, customer_id, stage, reason, order_id, valid_from, expected_close_date, created_at, submitted_at, closed_at, closed_owner_id,
        closed_team_id)
    select valid_to, archived_at, closed_on, status, currency, amount, source, intent_level, team_id, owner_id, industry, region, value_tier,
        first_submitted_at, customer_id, stage, reason, order_id, valid_from, expected_close_date, created_at, submitted_at, closed_at, closed_owner_id,
        closed_team_id
    from order_facts_after;
drop table order_facts_after;
alter table order_facts_now add primary key (order_id, valid_from);
create index order_facts_today on order_facts (status, closed_on) where valid_to is null;
create index order_facts_closed on order_facts (status, closed_on, source, intent_level, team_id, owner_id)
    where valid_to is null and archived_at is null and closed_on is not null;
alter table order_facts_now set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02);
drop table order_pack_gaps;
drop table order_pack_columns;
drop table order_packs;
