package dev.tandem.app.sidecar;

import dev.tandem.app.config.BuildInfo;
import dev.tandem.app.config.HostPort;
import dev.tandem.app.config.NodeConfig;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.app.metrics.RaftMetrics;
import dev.tandem.store.raft.RaftTaskStore;
import dev.tandem.store.raft.member.GroupStatus;
import dev.tandem.store.raft.node.NodeServer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running store node: a Raft member, the server by which sidecars reach its groups, and the admin port beside them.
 *
 * <p>Belongs to the context that it was started on.
 */
public final class StoreNode implements Served {
    private static final Logger log = LoggerFactory.getLogger(StoreNode.class);

    private final Vertx vertx;
    private final Context owner;
    private final NodeConfig config;
    private final Started started;
    private final Metrics metrics = new Metrics(BuildInfo.version());

    private @Nullable HostedMember member;
    private @Nullable NodeServer server;
    private @Nullable RaftTaskStore store;
    private @Nullable AdminServer admin;
    private @Nullable Promise<Void> drained;

    private StoreNode(Vertx vertx, Context owner, NodeConfig config) {
        this.vertx = vertx;
        this.owner = owner;
        this.config = config;
        this.started = new Started(owner);
    }

    /**
     * Starts a node. The future completes on a context of its own, when sidecars are served; if it fails, with a
     * {@link StartException}, nothing is left running.
     */
    public static Future<StoreNode> start(Vertx vertx, NodeConfig config) {
        Context owner = vertx.getOrCreateContext();
        Promise<StoreNode> promise = Promise.promise();
        owner.runOnContext(go -> {
            StoreNode node = new StoreNode(vertx, owner, config);
            node.open()
                    .map(node)
                    .recover(failure ->
                            node.stop().transform(stopped -> Future.failedFuture(StartException.of(failure))))
                    .onComplete(promise);
        });
        return promise.future();
    }

    private Future<Void> open() {
        return told(NodeServer.check(vertx, config.server()))
                .compose(good -> HostedMember.start(vertx, config.raft()))
                .compose(hosted -> {
                    member = hosted;
                    started.add(hosted::close);
                    new RaftMetrics(metrics).show(hosted::status);
                    return openAdmin(hosted).compose(open -> hosted.ready()).map(hosted);
                })
                .compose(hosted -> NodeServer.start(vertx, config.server(), hosted.groups())
                        .recover(failure ->
                                Future.failedFuture(new StartException(StartException.messageOf(failure), failure))))
                .onSuccess(serving -> {
                    server = serving;
                    RaftTaskStore own = RaftStores.beside(vertx, Objects.requireNonNull(member));
                    store = own;
                    started.add(own::close);
                    metrics.gauge("tandem.node.sidecars", "Sidecars that are connected", serving::links);
                    started.add(serving::close);
                })
                .mapEmpty();
    }

    /** The server's failures are sentences for people. */
    private static <T> Future<T> told(Future<T> result) {
        return result.recover(
                failure -> Future.failedFuture(new StartException(StartException.messageOf(failure), failure)));
    }

    private Future<Void> openAdmin(HostedMember hosted) {
        if (config.admin().isEmpty()) {
            return Future.succeededFuture();
        }
        JsonObject version = new JsonObject()
                .put("version", BuildInfo.version())
                .put("java", Runtime.version().toString())
                .put("store", "node");
        return AdminServer.start(
                        vertx,
                        config.admin().get(),
                        metrics,
                        () -> Future.succeededFuture(whyNotReady(hosted)),
                        version,
                        new AdminToken(config.adminToken()),
                        pages(hosted))
                .onSuccess(opened -> {
                    admin = opened;
                    // Ended last of all, so that metrics and health can be seen until the end.
                    started.addLast(opened::close);
                })
                .mapEmpty();
    }

    private List<AdminServer.Extra> pages(HostedMember hosted) {
        List<AdminServer.Extra> pages = new ArrayList<>(RaftPages.of(vertx, hosted));
        pages.addAll(BackupPages.of(vertx, "raft", InstantSource.system(), () -> drained == null ? store : null));
        return pages;
    }

    /** Why sidecars are not served just now; empty if they are. */
    private String whyNotReady(HostedMember hosted) {
        if (drained != null) {
            return "draining";
        } else if (server == null) {
            return "starting: " + hosted.waitsFor();
        }
        for (GroupStatus group : hosted.member().status()) {
            if (group.number() > 0 && group.leader() == null) {
                return "group " + group.number() + " has no leader";
            }
        }
        return "";
    }

    /** Where sidecars are served. */
    public HostPort address() {
        NodeServer serving = server;
        return serving == null ? config.listen() : config.listen().withPort(serving.port());
    }

    /** Where the admin port listens, null if nowhere. */
    public @Nullable HostPort adminAddress() {
        AdminServer opened = admin;
        return opened == null
                ? null
                : config.admin().map(at -> at.withPort(opened.port())).orElse(null);
    }

    @Override
    public Future<String> lost() {
        HostedMember hosted = member;
        return hosted == null ? Promise.<String>promise().future() : hosted.lost();
    }

    /** Sends the sidecars to other nodes, finishes what is under way, and hands over the groups that the member leads. */
    @Override
    public Future<Void> drain() {
        Promise<Void> promise = Promise.promise();
        owner.runOnContext(go -> {
            Promise<Void> before = drained;
            if (before == null) {
                log.info("draining: sidecars go to other nodes");
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
