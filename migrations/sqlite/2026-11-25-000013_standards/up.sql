-- Each version gets an id of its own, so that lists of versions are walked like all others.
create table standards_with_ids (
    entity text not null,
    version integer not null,
    document text not null,
    published_at integer not null,
    published_by blob references users (id),
    id blob not null,
    primary key (entity, version)
);
insert into standards_with_ids select entity, version, document, published_at, published_by, randomblob(16) from standards;
drop table standards;
alter table standards_with_ids rename to standards;
create unique index standards_id on standards (id);
create index standards_published on standards (entity, published_at, id);
create index standards_publisher on standards (entity, published_by, version, id);

-- What a customer or a product breaks of the standard that it was last held against, as far as that refuses nothing.
alter table customers add column warnings text not null default '[]';
alter table products add column warnings text not null default '[]';
