-- An order's row holds its lines, too, as its answer tells them: who reads orders finds all of them with it, where each was looked up by itself before.
-- What asks by lines, and what counts them, reads `order_lines`.
alter table orders add column lines text not null default '[]';
update orders set lines = (
    select json_group_array(json_array(
        substr(l.line, 1, 8) || '-' || substr(l.line, 9, 4) || '-' || substr(l.line, 13, 4) || '-' || substr(l.line, 17, 4) || '-' || substr(l.line, 21),
        substr(l.product, 1, 8) || '-' || substr(l.product, 9, 4) || '-' || substr(l.product, 13, 4) || '-' || substr(l.product, 17, 4) || '-' || substr(l.product, 21),
        l.description, l.quantity, l.unit_price, l.discount_rate, l.amount
    ) order by l.position)
    from (select *, lower(hex(id)) as line, nullif(lower(hex(product_id)), '') as product from order_lines) l where l.order_id = orders.id
) where exists (select 1 from order_lines l where l.order_id = orders.id);
-- And how many remarks there are on it: most have none, and cost no look for them.
alter table orders add column remark_count integer not null default 0;
update orders set remark_count = (select count(*) from order_remarks r where r.order_id = orders.id)
where exists (select 1 from order_remarks r where r.order_id = orders.id);
