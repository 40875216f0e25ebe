update order_facts set packed = null where valid_to is null and packed is not null;
delete from order_pack_gaps;
delete from order_packs;
drop table order_pack_words;
