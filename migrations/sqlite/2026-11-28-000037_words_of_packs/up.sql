-- A value that many orders have stands once for all packs, and they name it by its number. Packs that have values of their own are made anew.
update order_facts set packed = null where valid_to is null and packed is not null;
delete from order_pack_gaps;
delete from order_pack_columns;
delete from order_packs;
create table order_pack_words (
    name text not null,
    number bigint not null,
    data blob not null,
    primary key (name, number)
);
