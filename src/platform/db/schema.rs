//! The tables, by hand: `diesel print-schema` speaks of one database, these are shared by two.

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    settings (name) {
        name -> Text,
        value -> SqlJson,
        version -> BigInt,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    teams (id) {
        id -> SqlId,
        name -> Text,
        name_key -> Text,
        lead_id -> Nullable<SqlId>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    users (id) {
        id -> SqlId,
        name -> Text,
        email -> Text,
        email_key -> Text,
        role -> Text,
        team_id -> Nullable<SqlId>,
        password_hash -> Nullable<Text>,
        locale -> Nullable<Text>,
        time_zone -> Nullable<Text>,
        active -> Bool,
        import_hash -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    sessions (id) {
        id -> SqlId,
        user_id -> SqlId,
        token_hash -> Text,
        created_at -> SqlTime,
        expires_at -> SqlTime,
        ended_at -> Nullable<SqlTime>,
        family_id -> SqlId,
        rotated_at -> Nullable<SqlTime>,
        successor_id -> Nullable<SqlId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    api_keys (id) {
        id -> SqlId,
        user_id -> SqlId,
        name -> Text,
        prefix -> Text,
        key_hash -> Text,
        scopes -> SqlJson,
        expires_at -> Nullable<SqlTime>,
        last_used_at -> Nullable<SqlTime>,
        revoked_at -> Nullable<SqlTime>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    products (id) {
        id -> SqlId,
        sku -> Text,
        sku_key -> Text,
        name -> Text,
        name_key -> Text,
        aliases -> SqlJson,
        category -> Nullable<Text>,
        unit -> Nullable<Text>,
        list_price -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        ext_system -> Nullable<Text>,
        ext_id -> Nullable<Text>,
        import_hash -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
        archived_at -> Nullable<SqlTime>,
        custom -> SqlJson,
        warnings -> SqlJson,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    product_names (lookup_key, product_id) {
        lookup_key -> Text,
        product_id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    product_identities (identity_key) {
        identity_key -> Text,
        product_id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    customers (id) {
        id -> SqlId,
        name -> Text,
        name_key -> Text,
        owner_id -> SqlId,
        industry -> Nullable<Text>,
        region -> Nullable<Text>,
        source -> Nullable<Text>,
        intent_level -> Nullable<Text>,
        value_tier -> Nullable<Text>,
        note -> Nullable<Text>,
        preferences -> SqlJson,
        tags -> SqlJson,
        custom -> SqlJson,
        ext_system -> Nullable<Text>,
        ext_id -> Nullable<Text>,
        import_hash -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
        archived_at -> Nullable<SqlTime>,
        warnings -> SqlJson,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    customer_contacts (id) {
        id -> SqlId,
        customer_id -> SqlId,
        position -> Integer,
        name -> Nullable<Text>,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        title -> Nullable<Text>,
        channel -> Nullable<Text>,
        erased_at -> Nullable<SqlTime>,
        free_text -> Nullable<SqlJson>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    customer_tags (customer_id, tag) {
        customer_id -> SqlId,
        tag -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlDate, SqlId, SqlJson, SqlTime};
    orders (id) {
        id -> SqlId,
        number -> BigInt,
        title -> Nullable<Text>,
        customer_id -> Nullable<SqlId>,
        owner_id -> SqlId,
        team_id -> Nullable<SqlId>,
        currency -> Text,
        amount -> BigInt,
        status -> Text,
        stage -> Text,
        intent_level -> Nullable<Text>,
        source -> Nullable<Text>,
        note -> Nullable<Text>,
        tags -> SqlJson,
        custom -> SqlJson,
        expected_close_date -> Nullable<SqlDate>,
        valid_until -> Nullable<SqlDate>,
        ext_system -> Nullable<Text>,
        ext_id -> Nullable<Text>,
        import_hash -> Nullable<Text>,
        standard_version -> Integer,
        resume_status -> Nullable<Text>,
        warnings -> SqlJson,
        approved_amount -> Nullable<BigInt>,
        review_round -> Integer,
        created_by -> Nullable<SqlId>,
        submitted_by -> Nullable<SqlId>,
        critical_by -> Nullable<SqlId>,
        first_submitted_at -> Nullable<SqlTime>,
        submitted_at -> Nullable<SqlTime>,
        approved_at -> Nullable<SqlTime>,
        closed_at -> Nullable<SqlTime>,
        closed_on -> Nullable<SqlDate>,
        closed_owner_id -> Nullable<SqlId>,
        closed_team_id -> Nullable<SqlId>,
        reason -> Nullable<Text>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
        archived_at -> Nullable<SqlTime>,
        base_rate -> Nullable<BigInt>,
        base_amount -> Nullable<BigInt>,
        rates_at -> Nullable<SqlTime>,
        stage_since -> Nullable<SqlTime>,
        status_since -> Nullable<SqlTime>,
        lines -> SqlJson,
        remark_count -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    order_lines (id) {
        id -> SqlId,
        order_id -> SqlId,
        position -> Integer,
        product_id -> Nullable<SqlId>,
        description -> Nullable<Text>,
        quantity -> BigInt,
        unit_price -> BigInt,
        discount_rate -> BigInt,
        amount -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    order_tags (order_id, tag) {
        order_id -> SqlId,
        tag -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::SqlId;
    order_broken_rules (order_id, rule) {
        order_id -> SqlId,
        rule -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    order_remarks (id) {
        id -> SqlId,
        order_id -> SqlId,
        round -> Integer,
        pointer -> Text,
        line_id -> Nullable<SqlId>,
        message -> Text,
        author_id -> SqlId,
        created_at -> SqlTime,
        severity -> Text,
        state -> Text,
        answer -> Nullable<Text>,
        settled_by -> Nullable<SqlId>,
        settled_at -> Nullable<SqlTime>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    order_follow_ups (id) {
        id -> SqlId,
        order_id -> SqlId,
        at -> SqlTime,
        channel -> Text,
        content -> Text,
        result -> Nullable<Text>,
        next_contact_at -> Nullable<SqlTime>,
        author_id -> Nullable<SqlId>,
        created_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    order_transitions (id) {
        id -> SqlId,
        order_id -> SqlId,
        action -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        from_stage -> Nullable<Text>,
        to_stage -> Text,
        actor_id -> Nullable<SqlId>,
        note -> Nullable<Text>,
        occurred_at -> SqlTime,
        recorded_at -> SqlTime,
        stage_seconds -> Nullable<BigInt>,
        status_seconds -> Nullable<BigInt>,
        rates_at -> Nullable<SqlTime>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    events (id) {
        id -> SqlId,
        #[sql_name = "type"]
        kind -> Text,
        record_type -> Text,
        record_id -> SqlId,
        record_version -> BigInt,
        actor_id -> Nullable<SqlId>,
        changes -> SqlJson,
        request_id -> Nullable<Text>,
        occurred_at -> SqlTime,
        recorded_at -> SqlTime,
        number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    standards (entity, version) {
        entity -> Text,
        version -> Integer,
        document -> SqlJson,
        published_at -> SqlTime,
        published_by -> Nullable<SqlId>,
        id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    entry_refusals (id) {
        id -> SqlId,
        entity -> Text,
        user_id -> Nullable<SqlId>,
        rules -> SqlJson,
        at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    jobs (id) {
        id -> SqlId,
        kind -> Text,
        state -> Text,
        done -> BigInt,
        total -> Nullable<BigInt>,
        result -> Nullable<SqlJson>,
        error -> Nullable<Text>,
        cancel -> Bool,
        lease_until -> Nullable<SqlTime>,
        created_by -> Nullable<SqlId>,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    imports (id) {
        id -> SqlId,
        entity -> Text,
        file_name -> Nullable<Text>,
        mapping -> SqlJson,
        file -> Binary,
        validate_only -> Bool,
        next_row -> BigInt,
        created -> BigInt,
        updated -> BigInt,
        unchanged -> BigInt,
        refused -> BigInt,
        header -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    import_errors (import_id, row_number) {
        import_id -> SqlId,
        row_number -> BigInt,
        record -> SqlJson,
        faults -> SqlJson,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    search_entries (number) {
        number -> BigInt,
        record_type -> Text,
        record_id -> SqlId,
        part -> Text,
        terms -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    views (id) {
        id -> SqlId,
        entity -> Text,
        name -> Text,
        sharing -> Text,
        owner_id -> SqlId,
        team_id -> Nullable<SqlId>,
        condition -> Nullable<SqlJson>,
        sort -> Nullable<Text>,
        #[sql_name = "columns"]
        shown -> Nullable<SqlJson>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    idempotency_keys (user_id, scope, idempotency_key) {
        user_id -> SqlId,
        scope -> Text,
        idempotency_key -> Text,
        fingerprint -> Text,
        status -> Integer,
        headers -> SqlJson,
        body -> Nullable<Text>,
        created_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlJson, SqlTime};
    order_reviews (id) {
        id -> SqlId,
        order_id -> SqlId,
        round -> Integer,
        step -> Integer,
        steps -> Integer,
        policy -> Nullable<Text>,
        rule -> SqlJson,
        because -> SqlJson,
        order_version -> BigInt,
        submitted_at -> SqlTime,
        assigned_to -> Nullable<SqlId>,
        open_to -> Nullable<Text>,
        started_at -> Nullable<SqlTime>,
        due_at -> Nullable<SqlTime>,
        escalate_at -> Nullable<SqlTime>,
        escalated_at -> Nullable<SqlTime>,
        claimed_by -> Nullable<SqlId>,
        claimed_until -> Nullable<SqlTime>,
        decided_at -> Nullable<SqlTime>,
        decision -> Nullable<Text>,
        decided_by -> Nullable<SqlId>,
        waiting_seconds -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::SqlId;
    order_review_reviewers (review_id, user_id) {
        review_id -> SqlId,
        user_id -> SqlId,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlTime};
    user_absences (user_id) {
        user_id -> SqlId,
        first_day -> Date,
        last_day -> Date,
        delegate_id -> Nullable<SqlId>,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::SqlId;
    custom_values (record_id, key, position) {
        record_id -> SqlId,
        key -> Text,
        position -> Integer,
        entity -> Text,
        text -> Nullable<Text>,
        number -> Nullable<BigInt>,
        date -> Nullable<Date>,
        flag -> Nullable<Bool>,
        ref_id -> Nullable<SqlId>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlTime};
    order_delays (id) {
        id -> SqlId,
        order_id -> SqlId,
        side -> Text,
        reason -> Text,
        cause -> Text,
        note -> Nullable<Text>,
        remedy -> Nullable<Text>,
        from_date -> Nullable<Date>,
        new_date -> Nullable<Date>,
        days_slipped -> BigInt,
        author_id -> Nullable<SqlId>,
        created_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlTime};
    order_pushes (id) {
        id -> SqlId,
        order_id -> SqlId,
        from_date -> Date,
        to_date -> Date,
        delay_id -> Nullable<SqlId>,
        actor_id -> Nullable<SqlId>,
        at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlTime};
    targets (id) {
        id -> SqlId,
        kind -> Text,
        holder -> SqlId,
        month -> Date,
        currency -> Text,
        amount -> BigInt,
        orders -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> SqlTime,
        updated_at -> SqlTime,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlTime};
    exchange_rates (id) {
        id -> SqlId,
        currency -> Text,
        date -> Date,
        starts_at -> SqlTime,
        rate -> BigInt,
        recorded_at -> SqlTime,
        recorded_by -> Nullable<SqlId>,
        replaced_at -> Nullable<SqlTime>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::SqlId;
    forecast_snapshots (id) {
        id -> SqlId,
        taken_on -> Date,
        team_id -> Nullable<SqlId>,
        currency -> Text,
        method -> Text,
        period_start -> Date,
        lead -> Integer,
        expected -> BigInt,
        low_80 -> Nullable<BigInt>,
        high_80 -> Nullable<BigInt>,
        low_95 -> Nullable<BigInt>,
        high_95 -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::platform::db::types::{SqlId, SqlTime};
    instances (id) {
        id -> SqlId,
        version -> Text,
        started_at -> SqlTime,
        seen_at -> SqlTime,
    }
}

diesel::table! {
    performance_days (day) {
        day -> Date,
        up_seconds -> BigInt,
        successes -> BigInt,
        redirections -> BigInt,
        client_errors -> BigInt,
        server_errors -> BigInt,
    }
}

diesel::table! {
    performance_times (day, up_to) {
        day -> Date,
        up_to -> BigInt,
        requests -> BigInt,
    }
}

diesel::table! {
    order_packs (id) {
        id -> BigInt,
        status -> Text,
        first_closed_on -> Nullable<Date>,
        last_closed_on -> Nullable<Date>,
        orders -> BigInt,
    }
}

diesel::table! {
    order_pack_columns (pack_id, name) {
        pack_id -> BigInt,
        name -> Text,
        data -> Binary,
    }
}

diesel::table! {
    order_pack_words (name, number) {
        name -> Text,
        number -> BigInt,
        data -> Binary,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    settings,
    teams,
    users,
    sessions,
    api_keys,
    products,
    product_names,
    product_identities,
    customers,
    customer_contacts,
    customer_tags,
    orders,
    order_lines,
    order_tags,
    order_broken_rules,
    order_remarks,
    order_reviews,
    order_review_reviewers,
    user_absences,
    order_follow_ups,
    order_transitions,
    events,
    standards,
    entry_refusals,
    jobs,
    imports,
    import_errors,
    search_entries,
    views,
    idempotency_keys,
    custom_values,
    order_delays,
    order_pushes,
    targets,
    exchange_rates,
    forecast_snapshots,
    instances,
    performance_days,
    performance_times,
    order_packs,
    order_pack_columns,
    order_pack_words,
);
