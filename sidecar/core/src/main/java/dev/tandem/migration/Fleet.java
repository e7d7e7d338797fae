package dev.tandem.migration;

import dev.tandem.routing.Host;
import dev.tandem.routing.Policies;
import dev.tandem.routing.Stores;
import dev.tandem.store.CallOptions;
import dev.tandem.store.Consistency;
import dev.tandem.store.TaskFilter;
import dev.tandem.store.TaskPage;
import dev.tandem.store.TaskQuery;
import dev.tandem.store.TaskStore;
import dev.tandem.task.Bytes;
import dev.tandem.task.Limits;
import dev.tandem.task.Outcome;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskSpec;
import dev.tandem.task.Verb;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sidecars that share stores, each with the policies that it goes by.
 *
 * <p>For people: nothing rests on it. Each sidecar keeps a task about itself in every store that answers, in a namespace that no caller can name, and
 * writes it anew every {@link #RENEW_MILLIS} and when a policy changes. Whoever sees one that has not been renewed for long deletes it. Times are those of the
 * sidecars' clocks. Belongs to the context that it is started on.
 */
public final class Fleet {
    static final String NAMESPACE = "~fleet";

    /** How often a sidecar says that it is there. */
    static final long RENEW_MILLIS = 2_000;

    /** After how long without that a sidecar is taken for gone. */
    static final long GONE_MILLIS = 10_000;

    /** After how long what is left of it is deleted. */
    static final long FORGET_MILLIS = 60_000;

    /** How often that is looked for. */
    private static final long TIDY_MILLIS = 30_000;

    /** The most policies that a sidecar tells of, those of namespaces that move first. */
    static final int EPOCHS_MAX = 200;

    private static final Duration CALL_MAX = Duration.ofSeconds(1);
    private static final Logger log = LoggerFactory.getLogger(Fleet.class);

    private final Stores stores;
    private final Policies policies;
    private final Host host;
    private final InstantSource clock;
    private final Self self;
    private Runnable stopListening = () -> {};
    private boolean isWriting;
    private boolean isWanted;
    private boolean isClosed;
    private long tidyAtMillis;

    /**
     * This sidecar.
     *
     * @param id that no other one has
     * @param host where it runs
     * @param admin where its admin port listens; null while it does not
     */
    public record Self(String id, String host, Supplier<@Nullable String> admin, String version) {}

    /**
     * A sidecar as it was seen last.
     *
     * @param admin where its admin port listens; null if it has none
     * @param stores their names, the one in which namespaces begin first
     * @param epochs of the policies that it goes by, by namespace, where that was ever another than the first; of some of them, if they are very many
     */
    public record Member(
            String id,
            String host,
            @Nullable String admin,
            String version,
            List<String> stores,
            Map<String, Long> epochs,
            long seenAtMillis) {
        public JsonObject toJson() {
            return new JsonObject()
                    .put("id", id)
                    .put("host", host)
                    .put("admin", admin)
                    .put("version", version)
                    .put("stores", new JsonArray(stores))
                    .put("epochs", new JsonObject(new LinkedHashMap<>(epochs)))
                    .put("seen_time_millis", seenAtMillis);
        }

        private static Member of(Task task) {
            JsonObject json = new JsonObject(Buffer.buffer(task.spec().payload().array()));
            Map<String, Long> epochs = new LinkedHashMap<>();
            json.getJsonObject("epochs")
                    .forEach(entry -> epochs.put(entry.getKey(), ((Number) entry.getValue()).longValue()));
            return new Member(
                    json.getString("id"),
                    json.getString("host"),
                    json.getString("admin"),
                    json.getString("version"),
                    json.getJsonArray("stores").stream().map(String::valueOf).toList(),
                    epochs,
                    json.getLong("seen_time_millis"));
        }
    }

    public Fleet(Stores stores, Policies policies, Host host, InstantSource clock, Self self) {
        this.stores = stores;
        this.policies = policies;
        this.host = host;
        this.clock = clock;
        this.self = self;
    }

    /** Begins to tell of this sidecar. */
    public void start() {
        stopListening = policies.onChange(host.onCaller(this::write));
        tidyAtMillis = clock.millis() + TIDY_MILLIS;
        round();
    }

    /** Tells no more, and takes back what it has told in the stores that answer. */
    public Future<Void> close() {
        isClosed = true;
        stopListening.run();
        List<Future<?>> deleted = new ArrayList<>();
        stores.byName().values().forEach(store -> deleted.add(execute(store, new Verb.Delete(self.id(), 0))));
        return Future.join(deleted).transform(done -> Future.succeededFuture());
    }

    private void round() {
        if (isClosed) {
            return;
        }
        write();
        if (clock.millis() >= tidyAtMillis) {
            tidyAtMillis = clock.millis() + TIDY_MILLIS;
            stores.byName().values().forEach(this::tidy);
        }
        host.timers().set(RENEW_MILLIS, this::round);
    }

    /** One at a time, so that an older one never comes behind a newer; what is to be told meanwhile is told next. */
    private void write() {
        isWanted = true;
        if (isWriting || isClosed) {
            return;
        }
        isWanted = false;
        isWriting = true;
        Bytes payload = Bytes.of(me().toJson().toBuffer().getBytes());
        List<Future<?>> written = new ArrayList<>();
        stores.byName().values().forEach(store -> written.add(write(store, payload)));
        Future.join(written).onComplete(done -> {
            isWriting = false;
            if (isWanted) {
                write();
            }
        });
    }

    private Future<Outcome> write(TaskStore store, Bytes payload) {
        return execute(store, new Verb.Update(self.id(), 0, null, null, null, payload, null, null, null, null))
                .compose(outcome -> outcome instanceof Outcome.Rejected
                        ? execute(store, new Verb.Create(self.id(), TaskSpec.of("", payload), 0, 0, Map.of()))
                        : Future.succeededFuture(outcome));
    }

    private Member me() {
        List<String> names = new ArrayList<>(stores.names());
        names.remove(stores.first());
        names.add(0, stores.first());
        Map<String, Long> epochs = policies.known().entrySet().stream()
                .filter(entry -> entry.getValue().epoch() > 0)
                .sorted(Comparator.comparing(entry -> entry.getValue().mirror() == null))
                .limit(EPOCHS_MAX)
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().epoch(), Math::max, LinkedHashMap::new));
        return new Member(self.id(), self.host(), self.admin().get(), self.version(), names, epochs, clock.millis());
    }

    /** The sidecars that are there, as far as the stores that answer tell; sorted by host. Fails if none of them does. */
    public Future<List<Member>> members() {
        List<Future<List<Task>>> asked =
                stores.byName().values().stream().map(this::list).toList();
        return Future.join(asked).transform(done -> {
            if (asked.stream().noneMatch(Future::succeeded)) {
                return Future.failedFuture(done.cause());
            }
            Map<String, Member> found = new HashMap<>();
            long goneBefore = clock.millis() - GONE_MILLIS;
            asked.stream()
                    .filter(Future::succeeded)
                    .flatMap(each -> each.result().stream())
                    .forEach(task -> {
                        Member member = member(task);
                        if (member != null && member.seenAtMillis() >= goneBefore) {
                            found.merge(
                                    member.id(),
                                    member,
                                    (one, other) -> one.seenAtMillis() >= other.seenAtMillis() ? one : other);
                        }
                    });
            return Future.succeededFuture(found.values().stream()
                    .sorted(Comparator.comparing(Member::host).thenComparing(Member::id))
                    .toList());
        });
    }

    /** Null for one that a version to come has written in a way that this one does not know. */
    private static @Nullable Member member(Task task) {
        try {
            return Member.of(task);
        } catch (RuntimeException e) {
            log.debug("what {} says of itself can't be read: {}", task.id(), e.getMessage());
            return null;
        }
    }

    private Future<List<Task>> list(TaskStore store) {
        return store.query(new TaskQuery.ListTasks(NAMESPACE, TaskFilter.ALL, true, null, Limits.PAGE_SIZE_MAX), soon())
                .map(TaskPage::tasks);
    }

    /** Deletes what nobody renews, and what has run out of moves' records. */
    private void tidy(TaskStore store) {
        long before = clock.millis() - FORGET_MILLIS;
        list(store)
                .onSuccess(tasks -> tasks.stream()
                        .filter(task -> task.updatedAtMillis() < before)
                        .forEach(task -> execute(store, new Verb.Delete(task.id(), task.version()))));
        store.execute(
                TaskCommand.of(MigrationRecords.NAMESPACE, clock.millis(), new Verb.Sweep(Limits.SWEEP_MAX)), soon());
    }

    private Future<Outcome> execute(TaskStore store, Verb verb) {
        return store.execute(TaskCommand.of(NAMESPACE, clock.millis(), verb), soon());
    }

    private CallOptions soon() {
        return new CallOptions(host.nanoTime() + CALL_MAX.toNanos(), Consistency.LINEARIZABLE);
    }
}
