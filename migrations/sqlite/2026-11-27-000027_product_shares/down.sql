drop index order_facts_today;
alter table order_facts drop column product_shares;
create index order_facts_today on order_facts (status, closed_on, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, order_id) where valid_to is null;
