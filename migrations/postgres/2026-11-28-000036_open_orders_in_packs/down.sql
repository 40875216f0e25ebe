update order_facts set packed = null where valid_to is null and packed >> 16 in (select id from order_packs where first_closed_on is null);
delete from order_pack_gaps where place >> 16 in (select id from order_packs where first_closed_on is null);
delete from order_packs where first_closed_on is null;
alter table order_packs alter column first_closed_on set not null;
alter table order_packs alter column last_closed_on set not null;
