-- A value that many orders have stands once for all packs, and they name it by its number. Packs that have values of their own are made anew.
update order_facts set packed = null where valid_to is null and packed is not null;
delete from order_pack_gaps;
delete from order_packs;
create table order_pack_words (
    name text collate "C" not null,
    number bigint not null,
    data bytea not null,
    primary key (name, number)
);
alter table order_pack_words alter column data set storage external;
