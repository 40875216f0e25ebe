-- How often a user, a team or a product got another name: who keeps names in memory learns by it that they hold no longer.
create table renames (
    id integer primary key not null,
    changes bigint not null
);
insert into renames (id, changes) values (1, 0);
create function renamed() returns trigger language plpgsql as $$
begin
    update renames set changes = changes + 1;
    return null;
end
$$;
create trigger users_renamed after update of name on users for each row when (new.name <> old.name) execute function renamed();
create trigger teams_renamed after update of name on teams for each row when (new.name <> old.name) execute function renamed();
create trigger products_renamed after update of name on products for each row when (new.name <> old.name) execute function renamed();
-- Names of products are no longer read with the lines.
drop index products_named;
