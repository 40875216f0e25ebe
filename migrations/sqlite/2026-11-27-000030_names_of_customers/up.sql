-- Names of customers are kept in memory, too.
create trigger customers_renamed after update of name on customers when new.name <> old.name begin
    update renames set changes = changes + 1;
end;
