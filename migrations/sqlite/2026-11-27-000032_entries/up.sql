-- What an order does not have when it is entered is no entry of an index: an entry writes to each.
drop index orders_external;
create unique index orders_external on orders (ext_system, ext_id) where archived_at is null and ext_id is not null;

-- The facts of today lie by order after what questions choose by: what was entered one after the other lies side by side, in few pages, where it lay by amount, each
-- in another.
drop index order_facts_today;
create index order_facts_today on order_facts (status, closed_on, order_id, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, product_shares) where valid_to is null;
