-- Closed orders stand in packs here, too. Those that stand in none yet are found by an index of their own, which an order enters when it is closed.
create index order_facts_fresh on order_facts (packed, status, closed_on) where valid_to is null and packed is null and closed_on is not null;
create unique index order_facts_place on order_facts (packed) where valid_to is null and packed is not null;

-- The place of a fact that ends, or that is taken out, becomes a gap.
create trigger order_left_pack after update of valid_to, packed on order_facts
    when old.packed is not null and old.valid_to is null and (new.valid_to is not null or new.packed is not old.packed) begin
    insert or ignore into order_pack_gaps (place) values (old.packed);
end;
create trigger order_fact_left_pack after delete on order_facts when old.packed is not null and old.valid_to is null begin
    insert or ignore into order_pack_gaps (place) values (old.packed);
end;
