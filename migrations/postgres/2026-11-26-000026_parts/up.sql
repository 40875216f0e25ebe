-- An order's row holds its lines, too, as its answer tells them: who reads orders finds all of them with it, where each was looked up by itself before.
-- What asks by lines, and what counts them, reads `order_lines`.
alter table orders add column lines jsonb not null default '[]';
update orders set lines = l.all_of from (
    select order_id, jsonb_agg(jsonb_build_array(id, product_id, description, quantity, unit_price, discount_rate, amount) order by position) as all_of
    from order_lines group by order_id
) l where l.order_id = orders.id;
-- And how many remarks there are on it: most have none, and cost no look for them.
alter table orders add column remark_count integer not null default 0;
update orders set remark_count = (select count(*) from order_remarks r where r.order_id = orders.id)
where exists (select 1 from order_remarks r where r.order_id = orders.id);
