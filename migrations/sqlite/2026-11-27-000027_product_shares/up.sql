-- The facts of an order hold what its lines come to by product as well, beside all else that is counted by: of each product the sixteen bytes of its id, zeros
-- where a line names none, and the eight of the amount, in the order of the ids. Of what was over before this nothing is known here; it is in `order_fact_lines`.
drop index order_facts_today;
alter table order_facts add column product_shares blob not null default x'';
update order_facts set product_shares = l.packed from (
    select order_id, unhex(group_concat(hex(ifnull(product_id, zeroblob(16))) || printf('%016x', amount), '' order by product_id)) as packed
    from order_fact_lines where valid_to is null group by order_id
) l where l.order_id = order_facts.order_id and order_facts.valid_to is null;
create index order_facts_today on order_facts (status, closed_on, currency, amount, source, intent_level, industry, region, value_tier, owner_id, team_id,
    customer_id, stage, reason, first_submitted_at, archived_at, valid_to, order_id, product_shares) where valid_to is null;
