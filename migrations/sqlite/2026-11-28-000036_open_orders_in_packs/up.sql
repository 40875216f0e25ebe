-- Open orders that stay as they are for some days stand in packs, too. They were closed on no day.
alter table order_packs rename column first_closed_on to first_day;
alter table order_packs rename column last_closed_on to last_day;
alter table order_packs add column first_closed_on date;
alter table order_packs add column last_closed_on date;
update order_packs set first_closed_on = first_day, last_closed_on = last_day;
alter table order_packs drop column first_day;
alter table order_packs drop column last_day;

-- Those that stand in none lie together, those that have been as they are for longest first.
drop index order_facts_today;
create index order_facts_today on order_facts (status, closed_on, packed, valid_from, order_id, currency, amount, source, intent_level, industry, region, value_tier,
    owner_id, team_id, customer_id, stage, reason, first_submitted_at, archived_at, valid_to, product_shares) where valid_to is null;
