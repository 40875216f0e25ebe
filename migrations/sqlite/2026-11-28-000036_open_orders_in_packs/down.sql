drop index order_facts_today;
create index order_facts_today on order_facts (status, closed_on, order_id, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, product_shares) where valid_to is null;

update order_facts set packed = null where valid_to is null and packed >> 16 in (select id from order_packs where first_closed_on is null);
delete from order_pack_gaps where place >> 16 in (select id from order_packs where first_closed_on is null);
delete from order_packs where first_closed_on is null;
alter table order_packs rename column first_closed_on to first_day;
alter table order_packs rename column last_closed_on to last_day;
alter table order_packs add column first_closed_on date not null default '';
alter table order_packs add column last_closed_on date not null default '';
update order_packs set first_closed_on = first_day, last_closed_on = last_day;
alter table order_packs drop column first_day;
alter table order_packs drop column last_day;
