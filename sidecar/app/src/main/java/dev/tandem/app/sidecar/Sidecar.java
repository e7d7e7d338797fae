package dev.tandem.app.sidecar;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.app.metrics.RoutingMetrics;
import dev.tandem.grpc.ApiServer;
import dev.tandem.grpc.ServerOptions;
import dev.tandem.migration.ShadowReads;
import dev.tandem.routing.Host;
import dev.tandem.routing.Router;
import dev.tandem.routing.Stores;
import dev.tandem.routing.Sweeper;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskQuery;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running sidecar: its stores, the router before them, the API before that, and the admin port beside them.
 *
 * <p>Belongs to the context that it was started on.
 */
public final class Sidecar implements Served {
    /** How long the store may take to answer before the sidecar says that it is not ready. */
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(1);

    /** How long the calls under way to Raft groups are waited for when everything else has ended. */
    private static final long RAFT_CLOSE_MILLIS_MAX = 1_000;

    private static final Logger log = LoggerFactory.getLogger(Sidecar.class);

    private final Vertx vertx;
    private final Context owner;
    private final SidecarConfig config;
    private final InstantSource clock;
    private final Metrics metrics = new Metrics(BuildInfo.version());

    private final Started started;

    private @Nullable Router router;
    private @Nullable SeveralStores several;
    private @Nullable ApiServer api;
    private @Nullable AdminServer admin;
    private @Nullable HostedMember member;
    private @Nullable Promise<Void> drained;

    private Sidecar(Vertx vertx, Context owner, SidecarConfig config, InstantSource clock) {
        this.vertx = vertx;
        this.owner = owner;
        this.started = new Started(owner);
        this.config = config;
        this.clock = clock;
    }

    /**
     * Starts a sidecar. The future completes on a context of its own, when calls are served; if it fails, with a
     * {@link StartException}, nothing is left running.
     */
    public static Future<Sidecar> start(Vertx vertx, SidecarConfig config, InstantSource clock) {
        Context owner = vertx.getOrCreateContext();
        Promise<Sidecar> promise = Promise.promise();
        owner.runOnContext(go -> {
            Sidecar sidecar = new Sidecar(vertx, owner, config, clock);
            sidecar.open()
                    .map(sidecar)
                    .recover(failure ->
                            sidecar.stop().transform(stopped -> Future.failedFuture(StartException.of(failure))))
                    .onComplete(promise);
        });
        return promise.future();
    }

    private Future<Void> open() {
        if (config.raft().isPresent() || config.stores().size() > 1) {
            // The admin port first: whoever waits for this sidecar can see there what it waits for.
            return startMember()
                    .compose(there -> openAdmin())
                    .compose(open -> openStores())
                    .compose(this::serve)
                    .mapEmpty();
        }
        return openStores().compose(this::serve).compose(api -> openAdmin());
    }

    private Future<Void> startMember() {
        return config.raft().isEmpty()
                ? Future.succeededFuture()
                : HostedMember.start(vertx, config.raft().get())
                        .onSuccess(hosted -> {
                            member = hosted;
                            started.add(hosted::close);
                        })
                        .mapEmpty();
    }

    private Future<Stores> openStores() {
        return new ConfiguredStores(vertx, owner, config, metrics, started, member).open();
    }

    private Future<ApiServer> serve(Stores stores) {
        Router to = withShadowReads(Router.of(vertx, stores).observe(metrics.stores()));
        router = to;
        started.add(() -> closed(to));
        Sweeper sweeper = new Sweeper(vertx, to, clock, config.sweepInterval());
        sweeper.start();
        started.add(sweeper::close);
        return startSeveral(to).compose(moving -> serve(to));
    }

    private Router withShadowReads(Router to) {
        if (config.shadowReads() == 0 || to.stores().names().size() == 1) {
            return to;
        }
        ShadowReads reads = new ShadowReads(
                to.stores(),
                Host.of(vertx),
                clock,
                config.shadowReads(),
                () -> ThreadLocalRandom.current().nextDouble());
        RoutingMetrics.show(metrics, reads);
        return to.observe(reads);
    }

    /** Only where there is more than one store: where there is one, nothing can move. */
    private Future<Void> startSeveral(Router to) {
        if (to.stores().names().size() == 1) {
            return Future.succeededFuture();
        }
        return SeveralStores.start(vertx, to, clock, () -> {
                    HostPort at = adminAddress();
                    return at == null ? null : at.toString();
                })
                .onSuccess(begun -> {
                    several = begun;
                    started.add(begun::close);
                    RoutingMetrics.show(metrics, to.policies());
                })
                .mapEmpty();
    }

    private Future<ApiServer> serve(Router to) {
        return ApiServer.start(vertx, serverOptions(), to, clock, metrics.calls())
                .onSuccess(server -> {
                    api = server;
                    metrics.gauge(
                            "tandem.api.active.calls",
                            "Calls under way, claims and reads that wait included",
                            server::calls);
                    metrics.gauge(
                            "tandem.api.active.streams",
                            "Streams under way, those of health included",
                            server::streams);
                    metrics.gauge(
                            "tandem.api.waiting.claims",
                            "Claims that wait for something to claim",
                            server::waitingClaims);
                    metrics.gauge(
                            "tandem.api.waiting.reads", "Reads that wait for a task to change", server::waitingReads);
                    metrics.gauge("tandem.api.open.watches", "Open watches", server::watches);
                    started.add(server::drain);
                    StoreProbe probe = new StoreProbe(vertx, this::whyNotReady, server::setServing);
                    probe.start();
                    started.add(probe::close);
                });
    }

    /** What a store in Raft has under way only ends with its member if most of the others are gone. */
    private Future<Void> closed(Router to) {
        return member == null
                ? to.close()
                : to.close()
                        .timeout(RAFT_CLOSE_MILLIS_MAX, TimeUnit.MILLISECONDS)
                        .otherwiseEmpty();
    }

    private ServerOptions serverOptions() {
        return new ServerOptions(
                config.listen().host(),
                config.listen().port(),
                config.unixSocket(),
                config.eventLoops(),
                config.limits(),
                config.reflection(),
                config.drainGrace(),
                config.drainTimeout());
    }

    private Future<Void> openAdmin() {
        if (config.admin().isEmpty()) {
            return Future.succeededFuture();
        }
        JsonObject version = new JsonObject()
                .put("version", BuildInfo.version())
                .put("java", Runtime.version().toString())
                .put("store", config.store().name());
        return AdminServer.start(
                        vertx,
                        config.admin().get(),
                        metrics,
                        this::whyNotReady,
                        version,
                        new AdminToken(config.adminToken()),
                        pages())
                .onSuccess(server -> {
                    admin = server;
                    // Ended last of all, so that metrics and health can be seen until the end.
                    started.addLast(server::close);
                })
                .mapEmpty();
    }

    /** What the admin port has beside what it has in every process. */
    private List<AdminServer.Extra> pages() {
        List<AdminServer.Extra> pages = new ArrayList<>(
                BackupPages.of(vertx, config.store().name(), clock, () -> drained == null ? router : null));
        pages.addAll(MovePages.of(config.stores().size() == 1, this::severalStores));
        HostedMember hosted = member;
        if (hosted != null) {
            pages.addAll(RaftPages.of(vertx, hosted));
        }
        return pages;
    }

    /** What moves namespaces between stores; null where there is one store, before the start and after the end. */
    @Nullable
    SeveralStores severalStores() {
        return drained == null ? several : null;
    }

    /** Where the API listens. */
    public HostPort address() {
        ApiServer server = api;
        return server == null ? config.listen() : config.listen().withPort(server.port());
    }

    /** Where the admin port listens, null if nowhere. */
    public @Nullable HostPort adminAddress() {
        AdminServer server = admin;
        return server == null
                ? null
                : config.admin().map(at -> at.withPort(server.port())).orElse(null);
    }

    /** Why calls are not served just now; empty if they are. */
    private Future<String> whyNotReady() {
        Router to = router;
        HostedMember waiting = member;
        if (drained != null) {
            return Future.succeededFuture("draining");
        } else if (to == null) {
            String why = waiting == null ? "" : waiting.waitsFor();
            return Future.succeededFuture(why.isEmpty() ? "starting" : "starting: " + why);
        }
        // Each event loop has connections of its own, and some may be back before others.
        ApiServer server = api;
        return server == null
                ? whyNoAnswer(to)
                : server.onEachLoop(() -> whyNoAnswer(to))
                        .map(reasons -> reasons.stream()
                                .filter(reason -> !reason.isEmpty())
                                .findFirst()
                                .orElse(""));
    }

    private Future<String> whyNoAnswer(Router to) {
        long deadline = System.nanoTime() + READY_TIMEOUT.toNanos();
        return ask(to, new CallOptions(deadline, Consistency.LINEARIZABLE))
                .timeout(READY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .transform(answer -> Future.succeededFuture(
                        answer.succeeded()
                                ? ""
                                : "the store does not answer: " + StartException.messageOf(answer.cause())));
    }

    /** Asks the store that decides for the default namespace: another one that is away is no reason to send callers elsewhere. */
    private Future<?> ask(Router to, CallOptions options) {
        String namespace = config.limits().defaultNamespace();
        TaskQuery.Get ready = new TaskQuery.Get(namespace, "~ready");
        return to.stores().names().size() == 1
                ? to.query(ready, options)
                : to.policies()
                        .find(namespace, options)
                        .compose(policy -> to.stores().get(policy.authority()).query(ready, options));
    }

    @Override
    public Future<String> lost() {
        HostedMember hosted = member;
        return hosted == null ? Promise.<String>promise().future() : hosted.lost();
    }

    /**
     * Ends the sidecar in good order: the API is drained, then the sweeper and the store end, the admin port at the very
     * last. May be called from any thread; twice gives the same future.
     */
    @Override
    public Future<Void> drain() {
        Promise<Void> promise = Promise.promise();
        owner.runOnContext(go -> {
            Promise<Void> before = drained;
            if (before == null) {
                log.info(
                        "draining: finishing calls under way, for at most {} s",
                        config.drainTimeout().toSeconds());
                drained = promise;
                stop().onComplete(promise);
            } else {
                before.future().onComplete(promise);
            }
        });
        return promise.future();
    }

    private Future<Void> stop() {
        return started.stop().onComplete(ended -> metrics.close());
    }
}
