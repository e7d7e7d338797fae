package dev.tandem.app.sidecar;

import dev.tandem.app.config.SidecarConfig;
import dev.tandem.app.config.StoreLocation;
import dev.tandem.app.metrics.Metrics;
import dev.tandem.routing.Stores;
import dev.tandem.store.TaskStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Opens the stores of a configuration.
 *
 * <p>A store that is the only one has to open, or the sidecar does not start. Of several, a SQLite file has to open, and any of them, at least; those that
 * others serve, and do not answer, are waited for as long as a try takes, but not for longer than {@link #WAIT_MILLIS_MAX}, and then tried on. Belongs to
 * one context.
 */
final class ConfiguredStores {
    /** How long a start waits for further stores when it has one. */
    static final long WAIT_MILLIS_MAX = 10_000;

    private final Vertx vertx;
    private final Context owner;
    private final SidecarConfig config;
    private final Metrics metrics;
    private final Started started;
    private final @Nullable HostedMember member;

    private final List<LateStore> late = new ArrayList<>();
    private final Promise<Void> enough = Promise.promise();
    private boolean hasFile;
    private boolean hasWaited;

    /**
     * Prepares to open them.
     *
     * @param started has what is beneath the only store ended after it
     * @param member if one of them is in its groups
     */
    ConfiguredStores(
            Vertx vertx,
            Context owner,
            SidecarConfig config,
            Metrics metrics,
            Started started,
            @Nullable HostedMember member) {
        this.vertx = vertx;
        this.owner = owner;
        this.config = config;
        this.metrics = metrics;
        this.started = started;
        this.member = member;
    }

    /** What is open belongs to the stores. If it fails, with a sentence for people, nothing is left open. */
    Future<Stores> open() {
        String first = config.store().name();
        return config.stores().size() == 1
                ? open(config.store(), started).map(store -> new Stores(Map.of(first, store), first))
                : openAll();
    }

    private Future<TaskStore> open(StoreLocation location, Started beneath) {
        String name = location.name();
        if (location instanceof StoreLocation.Raft) {
            HostedMember hosted = Objects.requireNonNull(member);
            return hosted.ready().map(ready -> RaftStores.over(vertx, hosted, name, metrics));
        } else if (location instanceof StoreLocation.Nodes) {
            return NodeStores.open(vertx, config.nodes().orElseThrow(), name, metrics, beneath);
        } else if (location instanceof StoreLocation.Redis) {
            return RedisStores.open(vertx, config.redis().orElseThrow(), name, metrics);
        }
        return SqliteStores.open(vertx, config.sqlite().orElseThrow(), name, metrics);
    }

    private Future<Stores> openAll() {
        Map<String, TaskStore> stores = new TreeMap<>();
        List<Future<Void>> files = new ArrayList<>();
        for (StoreLocation location : config.stores()) {
            if (location instanceof StoreLocation.Sqlite) {
                files.add(open(location, started)
                        .onSuccess(store -> stores.put(location.name(), store))
                        .mapEmpty());
            } else {
                LateStore store = new LateStore(
                        vertx, owner, location.name(), beneath -> open(location, beneath), this::checkEnough);
                late.add(store);
                stores.put(location.name(), store);
            }
        }
        return Future.all(files)
                .compose(opened -> {
                    hasFile = !files.isEmpty();
                    return others();
                })
                .map(there -> new Stores(stores, config.store().name()))
                .recover(failure -> Future.join(
                                stores.values().stream().map(TaskStore::close).toList())
                        .transform(closed -> Future.failedFuture(failure)));
    }

    /** Waits for those that others serve. */
    private Future<Void> others() {
        late.forEach(LateStore::open);
        vertx.setTimer(WAIT_MILLIS_MAX, now -> {
            hasWaited = true;
            checkEnough();
        });
        return enough.future();
    }

    private void checkEnough() {
        boolean isAny = hasFile || late.stream().anyMatch(LateStore::isOpen);
        boolean isOver = hasWaited || late.stream().allMatch(each -> each.isOpen() || each.isTried());
        if (isAny && isOver) {
            enough.tryComplete();
        } else if (late.stream().allMatch(LateStore::isTried)) {
            enough.tryFail(
                    new StartException(late.stream().map(LateStore::why).collect(Collectors.joining("; and ")), null));
        }
    }
}
