//! The application: routes requests to the table of operations.
//!
//! `serve` and the tests build the same application. A request passes the stages of `app/pipeline.rs` in one order,
//! whatever its operation; `app/response.rs` finalises every response. `app/routes.rs` has the paths, `app/limits.rs` the
//! rate limits, `app/credentials.rs` the callers, `app/body.rs` the checks of headers and bodies, `app/open_connections.rs` and
//! `app/connection.rs` the connections and `app/exchange.rs` the requests of one, `app/parts.rs` and `app/bulk.rs` what of a response is sent, `app/sending.rs`, `app/stream.rs` and `app/from_file.rs` the
//! responses on their way, `app/links.rs` the `Link` headers that follow from the
//! request, `app/pages.rs` the pages of the documentation, and [`server`] binds and runs.

mod before_handler;
mod blocking;
mod body;
mod bulk;
mod coding;
mod connection;
mod credentials;
mod exchange;
mod from_file;
mod limits;
mod links;
mod log;
mod made_of_csv;
mod masked;
mod open_connections;
mod pages;
mod parquet;
mod parts;
mod pipeline;
mod position;
mod refusal;
mod response;
mod routes;
mod sending;
pub mod server;
mod stream;
mod through_cache;
mod waiting;
mod xlsx;

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, HttpRequest, web};
use futures_util::FutureExt;

use self::exchange::ConnectionRecord;
use crate::http::State;

/// Builds the application.
pub fn build(
    state: Arc<State>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(web::Data::from(state))
        .service(web::resource("/").to(pages::page))
        .service(web::resource("/docs{file:.*}").to(pages::page))
        .default_service(web::to(
            |state: web::Data<State>, request: HttpRequest, payload: web::Payload| async move {
                pipeline::serve(state.into_inner(), request, payload).await
            },
        ))
        .wrap(actix_web::middleware::Compress::default())
        .wrap_fn(|request, service| {
            let state = request.app_data::<web::Data<State>>().cloned();
            let record = ConnectionRecord::of(request.request());
            let answering = record.map(|record| record.request_arrived(request.request()));
            actix_web::dev::Service::call(service, request).map(move |result| {
                let answer = response::finalise_service_response(result?, state);
                Ok(match answering {
                    Some(answering) => answering.until_sent(answer),
                    None => answer,
                })
            })
        })
}
