//! Tests to come in the next commit.
