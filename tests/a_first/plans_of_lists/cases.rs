//! The statements of lists: every filter, every sort, for everybody who sees another part.

use super::*;

impl Base {
    pub fn cases(&mut self, kind: &'static KindDef) -> Vec<Case> {
        let filters = self.filters(kind);
        let sorts: Vec<(String, bool)> = kind
            .def
            .all_columns()
            .filter(|column| column.sort != Sort::No)
            .flat_map(|column| [false, true].map(|descending| (column.name.to_owned(), descending)))
            .collect();
        let visibilities = self.visibilities(kind);
        let mut cases = vec![];
        for sort_key in sorts {
            let order = order(kind, std::slice::from_ref(&sort_key));
            let middle = self.middle(kind, order[0].0, order[0].1);
            for (filter, values) in &filters {
                for (who, visibility) in &visibilities {
                    for (page, position) in [("first", None), ("middle", Some(&middle))] {
                        let query = query_for(values, &order, position, limit() + 1).unwrap();
                        cases.push(Case {
                            filter: filter.clone(),
                            sort: format!("{}{}", if sort_key.1 { "-" } else { "" }, sort_key.0),
                            visible_to: who.clone(),
                            page,
                            statement: query.page(kind, visibility),
                        });
                    }
                }
            }
        }
        cases
    }

    /// No filter, then each alone, with a value that occurs; where it is a bound, three quarters are within.
    pub fn filters(&mut self, kind: &'static KindDef) -> Vec<(String, Vec<ColumnFilter>)> {
        let mut all = vec![("-".to_owned(), vec![])];
        for column in kind.def.all_columns() {
            let table = kind.def.table;
            let values: &[(&str, &'static str)] = match column.filter {
                Filter::No => &[],
                Filter::Equal => &[("", "=")],
                Filter::Range => &[("", "="), ("[gte]", ">="), ("[lt]", "<")],
            };
            for (suffix, operator) in values {
                let value = self.values(table, column, operator);
                let name = format!("{}{suffix}", column.name);
                all.push((name, vec![(*column, *operator, value)]));
            }
            if column.filter == Filter::Equal && kind.codes(column.path).is_some() {
                let two = [self.values(table, column, "="), self.values(table, column, "last")];
                let both = two.map(|value| (*column, "=", value));
                all.push((format!("{} (two)", column.name), both.to_vec()));
            }
            if column.ty == Ty::Ref(BODY) && column.filter != Filter::No {
                let own = Val::Id(self.id_of(BODY, 1));
                all.push((format!("{} (own)", column.name), vec![(*column, "=", own)]));
            }
        }
        all
    }

    /// A value that occurs: any, or the bound that three quarters of the records are within.
    pub fn values(&mut self, table: &str, column: &Column, operator: &str) -> Val {
        let shown = self.shown(column.column, column.ty);
        let (direction, offset) = match operator {
            ">=" => ("DESC", records() * 3 / 4),
            "<" => ("ASC", records() * 3 / 4),
            "last" => ("DESC", 0),
            _ => ("ASC", records() / 4),
        };
        let rows = self.words(&format!(
            "SELECT {shown} AS a, NULL AS b FROM {table} WHERE {0} IS NOT NULL ORDER BY {0} {direction}
             LIMIT 1 OFFSET {offset}",
            column.column
        ));
        read(rows[0].0.as_deref().unwrap(), column.ty)
    }

    /// The position of the row in the middle of that order.
    pub fn middle(&mut self, kind: &KindDef, column: &Column, stored: &str) -> Position {
        let shown = self.shown(stored, column.ty);
        let record = self.shown("record", Ty::Ref(kind.def.name));
        let rows = self.words(&format!(
            "SELECT {shown} AS a, {record} AS b FROM {} ORDER BY {stored}, record LIMIT 1 OFFSET {}",
            kind.def.table,
            records() / 2
        ));
        let (Some(key), Some(record)) = &rows[0] else { panic!("{kind:?} has a null in {stored}") };
        Position { keys: vec![read(key, column.ty)], id: Some(Id(record.parse().unwrap())) }
    }

    pub fn shown(&self, column: &str, ty: Ty) -> String {
        match ty {
            _ if self.pg => format!("{column}::text"),
            Ty::Ref(_) => format!("hex({column})"),
            _ => format!("CAST({column} AS TEXT)"),
        }
    }

    /// What each role sees, each part once, under the first role that has it.
    pub fn visibilities(&self, kind: &KindDef) -> Vec<(String, Visibility)> {
        let named = |kind: &str| Some(Named { id: self.id_of(kind, 1), reference: "own".to_owned() });
        let mut all: Vec<(String, Visibility)> = vec![];
        for role in Role::ALL {
            let actor = match role {
                Role::Public => Actor::public(),
                role => Actor {
                    subject: Some(role.name().to_owned()),
                    roles: vec![*role],
                    body: named(BODY),
                    organisation: named("organisation"),
                    stands_for_person: false,
                },
            };
            let visibility = Visibility::new(
                &actor,
                onrecord::resources::kinds().into_iter().map(|kind| &kind.def),
                at(START),
            );
            let filter = visibility.filter_of(kind.def.name, "t").explain();
            if all.iter().all(|(_, known)| known.filter_of(kind.def.name, "t").explain() != filter) {
                all.push((role.name().to_owned(), visibility));
            }
        }
        all
    }
}

fn read(text: &str, ty: Ty) -> Val {
    match ty {
        Ty::Text => Val::Text(text.to_owned()),
        Ty::Int | Ty::Money => Val::Int(text.parse().unwrap()),
        Ty::Bool => Val::Bool(["true", "1"].contains(&text)),
        Ty::Date => Val::Date(text.parse().unwrap()),
        Ty::Ref(_) => Val::Id(Id(text.parse().unwrap())),
    }
}
