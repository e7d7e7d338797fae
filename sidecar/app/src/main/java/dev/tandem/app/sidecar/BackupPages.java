package dev.tandem.app.sidecar;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.backup.BackupContents;
import dev.tandem.backup.BackupException;
import dev.tandem.backup.BackupExporter;
import dev.tandem.backup.BackupImporter;
import dev.tandem.backup.ImportedNamespace;
import dev.tandem.backup.NamespaceSummary;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.TaskStore;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin port's page {@code /backup}: GET gives a backup, POST takes one. Belongs to the context of the admin port.
 *
 * <p>A backup that can't be finished ends with its connection, so that nobody takes it for whole.
 */
final class BackupPages {
    static final String PATH = "/backup";

    /** How many exports and imports are served at a time; each holds some MiB. */
    private static final int UNDER_WAY_MAX = 2;

    /** For HTTP/2, which says why a stream ends. */
    private static final long INTERNAL_ERROR = 2;

    private static final String BYTES = "application/octet-stream";
    private static final String NAMESPACE = "namespace";
    private static final String INTO_EXISTING = "into-existing";

    private static final Logger log = LoggerFactory.getLogger(BackupPages.class);

    private final Vertx vertx;
    private final String source;
    private final InstantSource clock;
    private final Supplier<@Nullable TaskStore> store;
    private int underWay;

    private BackupPages(Vertx vertx, String source, InstantSource clock, Supplier<@Nullable TaskStore> store) {
        this.vertx = vertx;
        this.source = source;
        this.clock = clock;
        this.store = store;
    }

    /**
     * The pages.
     *
     * @param source what backups are said to come from
     * @param store null while it can't be used
     */
    static List<AdminServer.Stream> of(
            Vertx vertx, String source, InstantSource clock, Supplier<@Nullable TaskStore> store) {
        BackupPages pages = new BackupPages(vertx, source, clock, store);
        return List.of(
                new AdminServer.Stream(HttpMethod.GET, PATH, pages::give),
                new AdminServer.Stream(HttpMethod.POST, PATH, pages::take));
    }

    private void give(HttpServerRequest request) {
        TaskStore from = usable(request, Set.of(NAMESPACE));
        if (from == null) {
            return;
        }
        HttpServerResponse response = request.response();
        response.setChunked(true).putHeader("content-type", BYTES);
        BackupExporter.Request what = new BackupExporter.Request(
                clock.millis(), BuildInfo.version(), source, request.params().getAll(NAMESPACE));
        underWay++;
        BackupExporter.export(vertx, from, what, response::write).onComplete(done -> {
            underWay--;
            if (done.succeeded()) {
                response.end();
                log.info("a backup was given: {}", shown(done.result()));
            } else if (response.headWritten()) {
                log.warn("a backup broke off: {}", StartException.messageOf(done.cause()));
                response.reset(INTERNAL_ERROR);
            } else {
                response.setChunked(false);
                refuse(request, done.cause(), "");
            }
        });
    }

    private void take(HttpServerRequest request) {
        if (!BYTES.equals(request.getHeader("content-type"))) {
            // No web page can send these here.
            AdminServer.answer(request, 415, AdminServer.error("a backup is only taken as " + BYTES));
            return;
        }
        TaskStore into = usable(request, Set.of(NAMESPACE, INTO_EXISTING));
        if (into == null) {
            return;
        }
        if (request.headers().contains("expect", "100-continue", true)) {
            request.response().writeContinue();
        }
        underWay++;
        Set<String> namespaces = new HashSet<>(request.params().getAll(NAMESPACE));
        BackupImporter importer =
                new BackupImporter(vertx, into, namespaces, "true".equals(request.getParam(INTO_EXISTING)));
        BackupUpload.read(request, importer).onComplete(done -> {
            underWay--;
            if (done.succeeded()) {
                AdminServer.answer(request, 200, json(done.result()));
                long records = done.result().stream()
                        .mapToLong(ImportedNamespace::records)
                        .sum();
                log.info(
                        "a backup was imported: {} records of {} namespaces",
                        records,
                        done.result().size());
            } else {
                String more = importer.hasBegun()
                        ? ". What came before is imported: import it again, whole, with --" + INTO_EXISTING
                        : "";
                log.warn("a backup was not imported: {}{}", StartException.messageOf(done.cause()), more);
                refuse(request, done.cause(), more);
            }
        });
    }

    /** The store; null after an answer why it can't be used. */
    private @Nullable TaskStore usable(HttpServerRequest request, Set<String> parameters) {
        for (String name : request.params().names()) {
            if (!parameters.contains(name)) {
                AdminServer.answer(
                        request,
                        400,
                        AdminServer.error(
                                "there is no parameter " + name + " here, only " + String.join(", ", parameters)));
                return null;
            }
        }
        TaskStore found = store.get();
        if (found == null || underWay == UNDER_WAY_MAX) {
            String why = found == null
                    ? "the store is not there yet, or no more: try again when /readyz says that it is"
                    : UNDER_WAY_MAX + " backups are made or imported just now: try again when one of them has ended";
            AdminServer.answer(request, 503, AdminServer.error(why));
            return null;
        }
        return found;
    }

    private static void refuse(HttpServerRequest request, Throwable failure, String more) {
        if (!request.response().closed()) {
            AdminServer.answer(
                    request,
                    status(failure),
                    AdminServer.error(StartException.messageOf(failure) + more).put("is_partial", !more.isEmpty()));
        }
    }

    private static int status(Throwable failure) {
        if (failure instanceof BackupException refused) {
            return switch (refused.kind()) {
                case BAD_FILE -> 400;
                case NO_SUCH_NAMESPACE -> 404;
                case NOT_EMPTY -> 409;
                case CHANGES_LOST -> 503;
            };
        }
        return failure instanceof StoreException store && store.kind() != FailureKind.CORRUPT ? 503 : 500;
    }

    private static String shown(BackupContents contents) {
        long records = contents.namespaces().stream()
                .mapToLong(NamespaceSummary::records)
                .sum();
        return records + " records of " + contents.namespaces().size() + " namespaces";
    }

    private static JsonObject json(List<ImportedNamespace> imported) {
        JsonArray namespaces = new JsonArray();
        for (ImportedNamespace each : imported) {
            namespaces.add(new JsonObject()
                    .put("namespace", each.namespace())
                    .put("records", each.records())
                    .put("applied", each.applied())
                    .put("raised_to", each.raisedTo()));
        }
        return new JsonObject().put("namespaces", namespaces);
    }
}
