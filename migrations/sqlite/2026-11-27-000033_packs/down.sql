alter table order_facts drop column packed;
drop table order_pack_gaps;
drop table order_pack_columns;
drop table order_packs;
