package dev.tandem.store.raft.member;

import dev.tandem.store.raft.log.DataFolder;
import dev.tandem.store.raft.log.Durability;
import dev.tandem.store.raft.log.LogSettings;
import dev.tandem.store.raft.log.SlowDisk;
import dev.tandem.task.Limits;
import dev.tandem.testkit.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Members in this process, with folders, ports and counters of their own. */
final class Cluster implements AutoCloseable {
    static final int GROUPS = 2;
    static final long WAIT_SECONDS = 40;
    static final long CALL_MILLIS = 20_000;
    static final String HOST = "127.0.0.1";

    final Vertx vertx = Vertx.vertx();
    final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
    final List<Slot> slots = new ArrayList<>();
    private final AtomicLong ids = new AtomicLong();
    String name = "test-" + UUID.randomUUID();
    private final UnaryOperator<RaftMemberOptions> change;

    /** A place for a member, which keeps its folder and its port when the member goes. */
    static final class Slot {
        int port;
        Path folder;

        @Nullable
        RaftMember member;

        CounterService counters = new CounterService();
        TaskService tasks = new TaskService(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        final AtomicReference<IOException> ended = new AtomicReference<>();
        final SlowDisk disk = new SlowDisk();

        Slot(int port, Path folder) {
            this.port = port;
            this.folder = folder;
        }

        private DataFolder open(RaftMemberOptions options, Consumer<IOException> onFailure) throws IOException {
            return disk.open(
                    options.folder(),
                    options.cluster(),
                    options.groups(),
                    options.durability(),
                    options.log(),
                    onFailure);
        }

        RaftMember member() {
            RaftMember running = member;
            if (running == null) {
                throw new IllegalStateException("not running");
            }
            return running;
        }
    }

    Cluster(Path folder, int size) throws IOException {
        this(folder, size, options -> options);
    }

    Cluster(Path folder, int size, UnaryOperator<RaftMemberOptions> change) throws IOException {
        this.change = change;
        for (int port : FreePorts.list(size)) {
            slots.add(new Slot(port, folder.resolve("member-" + slots.size())));
        }
    }

    RaftMemberOptions options(Slot slot) {
        List<String> members =
                slots.stream().map(other -> HOST + ":" + other.port).toList();
        return change.apply(RaftMemberOptions.of(name, HOST, slot.port, members, slot.folder)
                .withGroups(GROUPS)
                .withLog(new LogSettings(64 * 1024, 32 * 1024), 100)
                .withDurability(Durability.FSYNC));
    }

    /** Starts all that do not run, at the same time. */
    Cluster start() throws Exception {
        together(slots.stream().filter(slot -> slot.member == null).toList(), this::start);
        return this;
    }

    private interface Work {
        void on(Slot slot) throws Exception;
    }

    /** Does something with several members at the same time. */
    private static void together(List<Slot> some, Work work) throws Exception {
        List<CompletableFuture<Void>> under = new ArrayList<>();
        for (Slot slot : some) {
            under.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            work.on(slot);
                        } catch (Exception e) {
                            throw new IllegalStateException(e.getMessage(), e);
                        }
                    },
                    task -> new Thread(task).start()));
        }
        for (CompletableFuture<Void> each : under) {
            each.get(2 * WAIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    void start(Slot slot) {
        slot.counters = new CounterService();
        slot.tasks = new TaskService(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        slot.ended.set(null);
        try {
            slot.member = RaftMember.start(
                    options(slot),
                    Map.of(CounterService.NAME, slot.counters, TaskService.NAME, slot.tasks),
                    slot.ended::set,
                    slot::open,
                    Firewall::new);
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** Waits until the groups can be used, as seen by each member. */
    Cluster ready() throws Exception {
        together(
                slots.stream().filter(slot -> slot.member != null).toList(),
                slot -> slot.member().awaitReady(TimeUnit.SECONDS.toMillis(WAIT_SECONDS)));
        return this;
    }

    void terminate(Slot slot) throws IOException {
        slot.member().terminate();
        slot.member = null;
    }

    void terminateAll() {
        try {
            together(slots.stream().filter(slot -> slot.member != null).toList(), this::terminate);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    Future<Long> add(Slot slot, int group, String counter, long amount) {
        return slot.member()
                .invoke(
                        context,
                        group,
                        new CounterService.Add(ids.incrementAndGet(), counter, amount, new byte[100]),
                        CALL_MILLIS);
    }

    Future<Long> get(Slot slot, int group, String counter) {
        return slot.member().query(context, group, new CounterService.Get(counter), CALL_MILLIS);
    }

    /** Adds to counters {@code c0..c99} of all groups by way of one member, a bounded number at once; all must succeed. */
    void load(Slot slot, int operations) {
        List<Future<Long>> under = new ArrayList<>();
        for (int i = 0; i < operations; i++) {
            under.add(add(slot, 1 + i % GROUPS, "c" + i % 100, 1));
            if (under.size() == 500) {
                under.forEach(Cluster::await);
                under.clear();
            }
        }
        under.forEach(Cluster::await);
    }

    /** What all counters of all groups come to, read at the leaders. */
    long sum(Slot slot) {
        long sum = 0;
        for (int group = 1; group <= GROUPS; group++) {
            for (int i = 0; i < 100; i++) {
                sum += await(get(slot, group, "c" + i));
            }
        }
        return sum;
    }

    /** What one member has applied. */
    static long sumHere(Slot slot) {
        long sum = 0;
        for (int group = 1; group <= GROUPS; group++) {
            for (long value : slot.counters.counters(slot.member().group(group)).values()) {
                sum += value;
            }
        }
        return sum;
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e.toString(), e);
        }
    }

    static void awaitTrue(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(WAIT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + WAIT_SECONDS + " s: " + what);
            }
            Thread.sleep(10);
        }
    }

    /** Waits until each member leads one group of tasks, there being as many; then no leader is moved by itself. */
    void awaitEven() throws InterruptedException {
        awaitTrue("each member leads one group", () -> slots.stream().allMatch(slot -> led(slot) == 1));
    }

    private static long led(Slot slot) {
        return slot.member().status().stream()
                .filter(status -> status.group().startsWith("tandem-") && status.leading())
                .count();
    }

    /** Where the leader of a group is, as one of those that run sees it. */
    @Nullable
    Slot leader(int group) {
        for (Slot slot : slots) {
            if (slot.member != null) {
                for (GroupStatus status : slot.member.status()) {
                    if (status.group().equals("tandem-" + group) && status.leading()) {
                        return slot;
                    }
                }
            }
        }
        return null;
    }

    @Override
    public void close() {
        slots.forEach(slot -> slot.disk.goOn());
        terminateAll();
        await(vertx.close());
    }
}
