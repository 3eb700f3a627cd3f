//! The tables whose statements are fixed, for Diesel's query builder. `tests/tables.rs` compares each of them with both
//! databases' migrated schema.
//!
//! A kind's own table is not here: its statements are assembled from the kind's definition ([`super::Sql`]).

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    record (id) {
        id -> Uid,
        kind -> Text,
        body -> Nullable<Uid>,
        owner -> Nullable<Uid>,
        reference -> Text,
        head_version -> BigInt,
        created_at -> Tstz,
        withdrawn_at -> Nullable<Tstz>,
        withdrawn_by -> Nullable<Text>,
        withdrawn_reason -> Nullable<Text>,
        was_public -> Bool,
        redacted_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    record_version (record, version) {
        record -> Uid,
        version -> BigInt,
        kind -> Text,
        reference -> Text,
        body_reference -> Nullable<Text>,
        owner_reference -> Nullable<Text>,
        state -> Text,
        title -> Text,
        content -> Text,
        digest -> Binary,
        contributors -> Text,
        reason -> Nullable<Text>,
        author -> Text,
        authored_at -> Tstz,
        returned_reason -> Nullable<Text>,
        publication -> Nullable<BigInt>,
        published_by -> Nullable<Text>,
        embargo_until -> Nullable<Tstz>,
        listed -> Bool,
        is_head -> Bool,
        head_state -> Text,
        body -> Nullable<Uid>,
        assigned -> Nullable<Uid>,
        public_from -> Nullable<Tstz>,
        public_to -> Nullable<Tstz>,
        redacted_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    approval (record, version, role, person) {
        record -> Uid,
        version -> BigInt,
        role -> Text,
        person -> Text,
        digest -> Binary,
        at -> Tstz,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::Uid;

    link (record, version, member, position) {
        record -> Uid,
        version -> BigInt,
        member -> Text,
        position -> BigInt,
        rel -> Text,
        inverse -> Bool,
        other -> Uid,
        day -> Nullable<Date>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    change (id) {
        id -> Uid,
        seq -> Nullable<BigInt>,
        record -> Uid,
        version -> BigInt,
        kind -> Text,
        reference -> Text,
        body -> Nullable<Uid>,
        assigned -> Nullable<Uid>,
        event -> Text,
        public -> Bool,
        publication -> Nullable<BigInt>,
        at -> Tstz,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    scheduled (record) {
        record -> Uid,
        version -> BigInt,
        due_at -> Tstz,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::Tstz;

    clock_mark (id) {
        id -> BigInt,
        at -> Tstz,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    redaction (id) {
        id -> Uid,
        record -> Uid,
        body -> Nullable<Uid>,
        edits -> Nullable<Text>,
        reason -> Text,
        redacted_at -> Tstz,
        redacted_by -> Text,
        review_due -> Tstz,
        reviewed_at -> Nullable<Tstz>,
        reviewed_by -> Nullable<Text>,
        finding -> Nullable<Text>,
        remarks -> Nullable<Text>,
        rewritten_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    idempotency (credential, route, idempotency_key) {
        credential -> Text,
        route -> Text,
        idempotency_key -> Text,
        body_hash -> Binary,
        record -> Nullable<Uid>,
        version -> Nullable<BigInt>,
        created_at -> Tstz,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::Tstz;

    client (id) {
        id -> Text,
        label -> Text,
        stands_for_person -> Bool,
        created_at -> Tstz,
        created_by -> Text,
        revoked_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::Tstz;

    client_secret (id) {
        id -> Text,
        client -> Text,
        secret_hash -> Text,
        created_at -> Tstz,
        expires_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    api_key (id) {
        id -> Text,
        label -> Text,
        body -> Nullable<Uid>,
        key_digest -> Binary,
        created_at -> Tstz,
        created_by -> Text,
        revoked_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    person (id) {
        id -> Text,
        label -> Text,
        login -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        must_change -> Bool,
        issuer -> Nullable<Text>,
        external_subject -> Nullable<Text>,
        body -> Nullable<Uid>,
        created_at -> Tstz,
        created_by -> Text,
        revoked_at -> Nullable<Tstz>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    membership (id) {
        id -> Uid,
        subject -> Text,
        body -> Uid,
        organisation -> Uid,
        roles -> Text,
        valid_from -> Tstz,
        valid_to -> Nullable<Tstz>,
        created_at -> Tstz,
        created_by -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    audit (id) {
        id -> Uid,
        seq -> Nullable<BigInt>,
        at -> Tstz,
        event -> Text,
        actor -> Text,
        request -> Nullable<Uid>,
        record -> Nullable<Uid>,
        version -> Nullable<BigInt>,
        body -> Nullable<Uid>,
        detail -> Nullable<Text>,
        salt -> Nullable<Binary>,
        blind -> Binary,
        content_digest -> Nullable<Binary>,
        detail_digest -> Binary,
        state_digest -> Nullable<Binary>,
        leaf -> Nullable<Binary>,
        hash -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::*;

    audit_node (level, position) {
        level -> BigInt,
        position -> BigInt,
        hash -> Binary,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::Tstz;

    audit_head (day) {
        day -> Date,
        size -> BigInt,
        at -> Tstz,
        jws -> Text,
    }
}

table! {
    use diesel::sql_types::*;

    audit_key (kid) {
        kid -> Text,
        x -> Text,
    }
}

table! {
    use diesel::sql_types::*;

    staged (release, series, starts, ends) {
        value -> Nullable<BigInt>,
        numerator -> Nullable<BigInt>,
        denominator -> Nullable<BigInt>,
        release -> Integer,
        series -> Integer,
        starts -> Integer,
        ends -> Integer,
        flags -> SmallInt,
        reason -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::store::types::{Tstz, Uid};

    statement_verdict (record, since) {
        record -> Uid,
        since -> Tstz,
        until -> Nullable<Tstz>,
        verdict -> Text,
    }
}

table! {
    use crate::store::types::Uid;

    statement_waiting (record) {
        record -> Uid,
    }
}

table! {
    use diesel::sql_types::*;

    judged_feed (id) {
        id -> BigInt,
        seq -> BigInt,
    }
}

allow_tables_to_appear_in_same_query!(record, redaction);
allow_tables_to_appear_in_same_query!(scheduled, record_version);
