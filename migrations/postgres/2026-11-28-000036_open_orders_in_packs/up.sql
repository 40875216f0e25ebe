-- Open orders that stay as they are for some days stand in packs, too. They were closed on no day.
alter table order_packs alter column first_closed_on drop not null;
alter table order_packs alter column last_closed_on drop not null;
