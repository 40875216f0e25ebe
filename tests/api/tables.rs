//! The migrations of both databases make the same tables: names, columns, types, what may be missing, keys and indexes. In which order a table has its columns,
//! and whether it is kept in parts, is each database's own.
use std::fs;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use intent_orders::platform::db::{AnyConnection, connection};

use crate::harness::{Database, Kind};

#[derive(Debug, PartialEq, Eq, QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    needed: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Table and name of every column, with the place in the primary key behind it.
const SQLITE: &str = "select m.name || '.' || c.name || case when c.pk > 0 then ' key ' || c.pk else '' end as place, lower(c.type) as kind, \
    c.\"notnull\" <> 0 as needed from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like '\\_\\_%' escape '\\' and m.name not like 'search\\_index%' escape '\\' order by m.name, c.name";
/// A table in parts has its key in each of them.
const POSTGRES: &str = "select c.table_name || '.' || c.column_name || coalesce(' key ' || k.ordinal_position, '') as place, \
    c.udt_name::text as kind, c.is_nullable = 'NO' as needed from information_schema.columns c \
    left join information_schema.table_constraints t on t.table_schema = c.table_schema and t.constraint_type = 'PRIMARY KEY' and \
        t.table_name = coalesce((select min(p.relid::regclass::text) from pg_partition_tree(c.table_name::regclass) p where p.isleaf), c.table_name) \
    left join information_schema.key_column_usage k on k.constraint_schema = t.constraint_schema and k.constraint_name = t.constraint_name and k.column_name = c.column_name \
    where c.table_schema = 'public' and c.table_name not like '\\_\\_%' and not (select r.relispartition from pg_class r where r.oid = c.table_name::regclass) \
    order by c.table_name collate \"C\", c.column_name collate \"C\"";
const SQLITE_INDEXES: &str = "select m.tbl_name || ' ' || m.name || case when l.\"unique\" then ' unique' else '' end || case when l.partial then ' partial' else '' end \
    as name from sqlite_master m join pragma_index_list(m.tbl_name) l on l.name = m.name where m.type = 'index' and m.sql is not null";
const POSTGRES_INDEXES: &str = "select tablename || ' ' || indexname || case when indexdef like 'CREATE UNIQUE%' then ' unique' else '' end || \
    case when indexdef like '% WHERE %' then ' partial' else '' end as name \
    from pg_indexes where schemaname = 'public' and indexname not like '%\\_pkey' and tablename not in (select relname from pg_class where relispartition)";

/// Which types stand for each other.
fn same(sqlite: &str, postgres: &str) -> bool {
    match sqlite {
        "blob" => matches!(postgres, "uuid" | "bytea"),
        "text" => matches!(postgres, "text" | "jsonb"),
        "integer" => matches!(postgres, "int4" | "int8" | "timestamptz"),
        "bigint" => postgres == "int8",
        "boolean" => postgres == "bool",
        "date" => postgres == "date",
        _ => false,
    }
}

fn names(conn: &mut AnyConnection, sql: &str) -> Vec<String> {
    let mut names: Vec<_> = diesel::sql_query(sql).load::<Name>(conn).unwrap().into_iter().map(|row| row.name).collect();
    names.sort_unstable();
    names
}

#[test]
fn both_databases_have_the_same_tables() {
    let (Some(sqlite), Some(postgres)) = (Database::create(Kind::Sqlite), Database::create(Kind::Postgres)) else { return };
    let (mut sqlite, mut postgres) = (connection::open(&sqlite.url).unwrap(), connection::open(&postgres.url).unwrap());
    let ours = diesel::sql_query(SQLITE).load::<Column>(&mut sqlite).unwrap();
    let theirs = diesel::sql_query(POSTGRES).load::<Column>(&mut postgres).unwrap();
    assert!(ours.len() > 100);
    let place = |columns: &[Column]| columns.iter().map(|c| (c.place.clone(), c.needed)).collect::<Vec<_>>();
    pretty(&place(&ours), &place(&theirs));
    let other: Vec<_> = ours.iter().zip(&theirs).filter(|(a, b)| !same(&a.kind, &b.kind)).collect();
    assert!(other.is_empty(), "{other:?}");
    // Full text has an index of PostgreSQL's own kind; on SQLite it is a table of its own, with triggers. Lines SQLite reads from an index. Facts in packs and those in
    // none lie in parts of PostgreSQL's table that have indexes of their own.
    let shared = |names: Vec<String>, own: &[&str]| names.into_iter().filter(|name| !own.contains(&name.as_str())).collect::<Vec<_>>();
    let of_parts = ["order_facts order_facts_fresh partial", "order_facts order_facts_place unique partial", "order_fact_lines order_fact_lines_today partial"];
    let ours = shared(names(&mut sqlite, SQLITE_INDEXES), &of_parts);
    pretty(&ours, &shared(names(&mut postgres, POSTGRES_INDEXES), &["search_entries search_entries_terms"]));
}

/// Tells the first difference, not both lists.
#[track_caller]
fn pretty<T: PartialEq + std::fmt::Debug>(ours: &[T], theirs: &[T]) {
    let different = ours.iter().zip(theirs).find(|(a, b)| a != b);
    assert!(different.is_none() && ours.len() == theirs.len(), "SQLite and PostgreSQL differ: {different:?}, {} and {}", ours.len(), theirs.len());
}

#[test]
fn both_databases_have_the_same_migrations() {
    let migrations = |database: &str| {
        let folder = format!("{}/migrations/{database}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(migrations("sqlite"), migrations("postgres"));
}
