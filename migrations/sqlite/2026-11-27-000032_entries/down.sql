drop index orders_external;
create unique index orders_external on orders (ext_system, ext_id) where archived_at is null;

drop index order_facts_today;
create index order_facts_today on order_facts (status, closed_on, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, order_id, product_shares) where valid_to is null;
