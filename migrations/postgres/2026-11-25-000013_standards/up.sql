-- Each version gets an id of its own, so that lists of versions are walked like all others.
alter table standards add column id uuid not null default gen_random_uuid();
alter table standards alter column id drop default;
create unique index standards_id on standards (id);
create index standards_published on standards (entity, published_at, id);
create index standards_publisher on standards (entity, published_by, version, id);

-- What a customer or a product breaks of the standard that it was last held against, as far as that refuses nothing.
alter table customers add column warnings jsonb not null default '[]';
alter table products add column warnings jsonb not null default '[]';
