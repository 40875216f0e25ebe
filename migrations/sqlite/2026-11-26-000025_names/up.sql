-- How often a user, a team or a product got another name: who keeps names in memory learns by it that they hold no longer.
create table renames (
    id integer primary key not null,
    changes bigint not null
);
insert into renames (id, changes) values (1, 0);
create trigger users_renamed after update of name on users when new.name <> old.name begin
    update renames set changes = changes + 1;
end;
create trigger teams_renamed after update of name on teams when new.name <> old.name begin
    update renames set changes = changes + 1;
end;
create trigger products_renamed after update of name on products when new.name <> old.name begin
    update renames set changes = changes + 1;
end;
-- Names of products are no longer read with the lines.
drop index products_named;
