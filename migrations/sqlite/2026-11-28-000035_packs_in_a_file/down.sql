drop trigger order_left_pack;
drop trigger order_fact_left_pack;
drop index order_facts_fresh;
drop index order_facts_place;
update order_facts set packed = null where packed is not null;
delete from order_pack_gaps;
delete from order_pack_columns;
delete from order_packs;
