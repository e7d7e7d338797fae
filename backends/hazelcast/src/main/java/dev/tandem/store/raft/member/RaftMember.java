package dev.tandem.store.raft.member;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.CPGroup;
import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.internal.CPMemberInfo;
import com.hazelcast.cp.internal.IndeterminateOperationStateAware;
import com.hazelcast.cp.internal.RaftGroupId;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.operation.DefaultRaftReplicateOp;
import com.hazelcast.cp.internal.operation.RaftQueryOp;
import com.hazelcast.cp.internal.raft.QueryPolicy;
import com.hazelcast.cp.internal.raft.impl.RaftEndpoint;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.instance.impl.HazelcastInstanceFactory;
import com.hazelcast.instance.impl.HazelcastInstanceImpl;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.spi.impl.InternalCompletableFuture;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.operationservice.Operation;
import dev.tandem.store.raft.log.DataFolder;
import dev.tandem.store.raft.log.DataFolderException;
import dev.tandem.store.raft.log.Durability;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member of a cluster's Raft groups, in this process, with its log in a data folder.
 *
 * <p>An operation that was answered is written at most of the voting members, on their disks if durability is
 * {@link Durability#FSYNC}, and has been applied where it was answered. Operations run on a group's own thread, in the same
 * order on all members; they may read no clock, no chance and nothing but their service's state.
 *
 * <p>If the data folder can't be written any more, the member ends by itself and says so to {@code onEnd}: it answers nothing
 * that it has not written.
 */
public final class RaftMember implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RaftMember.class);

    /** The groups' names are this and their number. */
    private static final String GROUP_PREFIX = "tandem-";

    private static final String WATCH = "tandem-leader-watch";
    private static final String BALANCE = "tandem-leader-balance";
    private static final String MOST = ", for which most of the voting members have to be up and reach each other";
    private static final long READY_STEP_MILLIS = 20;
    private static final long HAND_OVER_MILLIS_MAX = 3_000;

    private final RaftMemberOptions options;
    private final HazelcastInstance hazelcast;
    private final NodeEngineImpl engine;
    private final RaftService raft;
    private final MemberExtension extension;
    private final LeaderBalance balance;
    private final DataFolder folder;
    private final Ending ending;
    private final GroupLeaders leaders;
    private final GroupCalls calls;
    private final Leads leads = new Leads();

    private RaftMember(RaftMemberOptions options, HazelcastInstance hazelcast, DataFolder folder, Ending ending) {
        this.options = options;
        this.hazelcast = hazelcast;
        this.folder = folder;
        this.ending = ending;
        HazelcastInstanceImpl inner = ((HazelcastInstanceProxy) hazelcast).getOriginal();
        engine = inner.node.getNodeEngine();
        raft = engine.getService(RaftService.SERVICE_NAME);
        extension = (MemberExtension) inner.node.getNodeExtension();
        balance = new LeaderBalance(engine);
        leaders = new GroupLeaders(engine, extension.threads());
        calls = new GroupCalls(engine, leaders, options.timings().retry().toMillis());
        LogMemory logs = new LogMemory(engine, options.memory());
        repeat(
                WATCH,
                new LeaderWatch(engine, calls, leads, leaders, extension.threads(), logs),
                LeaderWatch.PERIOD_MILLIS);
        repeat(BALANCE, balance, LeaderBalance.PERIOD_MILLIS);
    }

    private void repeat(String name, Runnable work, long periodMillis) {
        var unused = engine.getExecutionService()
                .scheduleWithRepetition(name, work, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
    }

    /**
     * Starts a member. Blocks until it has read its folder and met the members that are there, which takes seconds, so it is
     * not to be called on an event loop. Use {@link #awaitReady} to know when groups can be used.
     *
     * @param services by name, what operations change; those that are {@code SnapshotAwareService} have a state
     * @param onEnd is told, on any thread, that the member has ended because its folder can't be written, and why
     * @throws DataFolderException if the data folder is not to be used, with a sentence that says why
     */
    public static RaftMember start(
            RaftMemberOptions options, Map<String, ? extends ManagedService> services, Consumer<IOException> onEnd)
            throws IOException {
        return start(options, services, onEnd, RaftMember::open, MemberContext::new);
    }

    /** Opens the data folder that options name. Tests put a slow disk under it. */
    interface Folders {
        DataFolder open(RaftMemberOptions options, Consumer<IOException> onFailure) throws IOException;
    }

    private static DataFolder open(RaftMemberOptions options, Consumer<IOException> onFailure) throws IOException {
        return DataFolder.open(
                options.folder(), options.cluster(), options.groups(), options.durability(), options.log(), onFailure);
    }

    static RaftMember start(
            RaftMemberOptions options,
            Map<String, ? extends ManagedService> services,
            Consumer<IOException> onEnd,
            Folders folders,
            Function<DataFolder, MemberContext> contexts)
            throws IOException {
        if (options.durability() == Durability.NONE) {
            LOG.warn("durability is none: what was acknowledged survives a crash of this process, not of the machine");
        }
        Ending ending = new Ending(onEnd);
        DataFolder folder = folders.open(options, ending);
        MemberContext context = contexts.apply(folder);
        HazelcastInstance hazelcast = null;
        try {
            hazelcast = HazelcastInstanceFactory.newHazelcastInstance(
                    HazelcastSettings.of(options, services),
                    options.cluster() + "-" + folder.identity().folder(),
                    context);
            RaftMember member = new RaftMember(options, hazelcast, folder, ending);
            ending.started(member);
            return member;
        } catch (RuntimeException e) {
            throw startFailure(options, context.refusal(), e);
        } catch (UnknownHostException e) {
            throw new IOException(
                    options.host() + " in raft.listen means no address: set it to an address of this machine", e);
        } finally {
            if (hazelcast == null) {
                folder.close();
            }
        }
    }

    private static IOException startFailure(RaftMemberOptions options, @Nullable String refusal, RuntimeException e) {
        if (refusal != null) {
            return new IOException("the other members did not let this one in: " + refusal, e);
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof DataFolderException folder) {
                return folder;
            }
            if (cause instanceof BindException) {
                return new IOException(
                        "raft.listen " + options.host() + ":" + options.port() + " can't be listened on ("
                                + cause.getMessage() + "): stop what listens there, or set another address",
                        e);
            }
        }
        return new IOException("the member could not start: " + e.getMessage(), e);
    }

    /**
     * Returns when every group is there and has a leader, as this member knows. At the first start the voting ones make them.
     * Blocks.
     *
     * @throws TimeoutException if that takes longer: in the first start of all, as long as any voting member is away, and later
     *     as long as most of them are. Its message says what is waited for
     */
    public void awaitReady(long timeoutMillis) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (!raft.isDiscoveryCompleted()) {
            pause(deadline, "the voting members have not all met, which they have to once, at their first start");
        }
        for (int number = 1; number <= options.groups(); number++) {
            while (voter() != null && !exists(number, deadline)) {
                pause(deadline, "group " + number + " can't be found or made" + MOST);
            }
        }
        for (int number = 1; number <= options.groups(); number++) {
            while (leaders.of(group(number)) == null) {
                pause(deadline, "group " + number + " has no leader" + MOST);
            }
        }
    }

    private static void pause(long deadline, String problem) throws InterruptedException, TimeoutException {
        if (System.nanoTime() - deadline > 0) {
            throw new TimeoutException(problem);
        }
        Thread.sleep(READY_STEP_MILLIS);
    }

    private boolean exists(int number, long deadline) throws InterruptedException {
        try {
            CPGroup group = await(raft.getCPGroup(name(number)), deadline);
            if (group == null) {
                create(number, deadline);
            }
            return true;
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("group {}: {}", number, e.toString());
            return false;
        }
    }

    private void create(int number, long deadline) throws InterruptedException, TimeoutException, ExecutionException {
        List<RaftEndpoint> voters = new ArrayList<>();
        for (CPMember member : await(raft.getCPMembers(), deadline)) {
            voters.add(((CPMemberInfo) member).toRaftEndpoint());
        }
        // The number is the group's id, so that members agree on it, and that each group falls on a thread of its own.
        InternalCompletableFuture<RaftGroupId> made = new InternalCompletableFuture<>();
        raft.getInvocationManager().invokeCreateRaftGroup(name(number), options.votingMembers(), number, voters, made);
        await(made, deadline);
    }

    private static <T> T await(CompletableFuture<T> future, long deadline)
            throws InterruptedException, TimeoutException, ExecutionException {
        return future.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private static String name(int number) {
        return GROUP_PREFIX + number;
    }

    /** The group with this number, from 1 on. */
    public RaftGroupId group(int number) {
        return new RaftGroupId(name(number), raft.getMetadataGroupId().getSeed(), number);
    }

    /** Whether it is one of ours, rather than the groups' own. */
    static boolean isNumbered(CPGroupId group) {
        return group.getName().startsWith(GROUP_PREFIX);
    }

    /** The number of a group that operations are told of. */
    public static int number(CPGroupId group) {
        return Integer.parseInt(group.getName().substring(GROUP_PREFIX.length()));
    }

    /**
     * Has an operation applied by a group, in its turn.
     *
     * <p>The future completes on {@code context}. It fails with what the operation threw, or with a
     * {@link dev.tandem.store.StoreException} of kind NOT_APPLIED or MAYBE_APPLIED. After a change of leaders an operation is
     * tried again, and may then be applied twice, if it is {@link IndeterminateOperationStateAware} and says that this does no
     * harm; any other is MAYBE_APPLIED.
     *
     * @param timeoutMillis how long to try
     */
    public <T> Future<T> invoke(ContextInternal context, int group, RaftOp operation, long timeoutMillis) {
        Promise<T> promise = context.promise();
        invoke(group, operation, timeoutMillis, completing(promise));
        return promise.future();
    }

    <T> void invoke(int group, RaftOp operation, long timeoutMillis, GroupCalls.Answer<T> answer) {
        RaftGroupId id = group(group);
        boolean repeatable = operation instanceof IndeterminateOperationStateAware aware
                && aware.isRetryableOnIndeterminateOperationState();
        calls.call(id, () -> new DefaultRaftReplicateOp(id, operation), repeatable, timeoutMillis, answer);
    }

    /**
     * Has an operation answered that changes nothing, at the group's leader, which first makes sure that it still is. The
     * future completes on {@code context}, and fails as that of {@link #invoke}.
     */
    public <T> Future<T> query(ContextInternal context, int group, RaftOp operation, long timeoutMillis) {
        RaftGroupId id = group(group);
        Promise<T> promise = context.promise();
        query(id, () -> new RaftQueryOp(id, operation, QueryPolicy.LINEARIZABLE), timeoutMillis, completing(promise));
        return promise.future();
    }

    /** @param atLeader makes what the leader is sent to have the question answered */
    <T> void query(RaftGroupId group, Supplier<Operation> atLeader, long timeoutMillis, GroupCalls.Answer<T> answer) {
        calls.call(group, atLeader, true, timeoutMillis, answer);
    }

    private static <T> GroupCalls.Answer<T> completing(Promise<T> promise) {
        return new GroupCalls.Answer<T>() {
            @Override
            public void succeeded(@Nullable T value) {
                promise.complete(value);
            }

            @Override
            public void failed(Throwable failure) {
                promise.fail(failure);
            }
        };
    }

    /** Runs work on one of the member's own executors. */
    void execute(String executor, Runnable work) {
        engine.getExecutionService().execute(executor, work);
    }

    /** What it was started with. */
    public RaftMemberOptions options() {
        return options;
    }

    /** Has an operation answered that changes nothing, from this member's own state, which may be older than the leader's. */
    public <T> Future<T> queryHere(ContextInternal context, int group, RaftOp operation) {
        return bridge(
                context, raft.getInvocationManager().queryLocally(group(group), operation, QueryPolicy.ANY_LOCAL));
    }

    private static <T> Future<T> bridge(ContextInternal context, InternalCompletableFuture<T> answer) {
        Promise<T> promise = context.promise();
        bridge(answer, completing(promise));
        return promise.future();
    }

    private static <T> void bridge(InternalCompletableFuture<T> from, GroupCalls.Answer<T> to) {
        // Without an executor of its own, the future would go round by the common pool.
        var unused = from.whenCompleteAsync(
                (value, failure) -> {
                    if (failure == null) {
                        to.succeeded(value);
                    } else {
                        to.failed(failure);
                    }
                },
                Runnable::run);
    }

    /** How each group that this member has stands here. From any thread; slightly old. */
    public List<GroupStatus> status() {
        List<GroupStatus> groups = new ArrayList<>();
        raft.getAllRaftNodes()
                .forEach(node -> groups.add(GroupStatus.of((RaftNodeImpl) node, extension.persistence())));
        return groups;
    }

    /** Who leads the groups. */
    GroupLeaders leaders() {
        return leaders;
    }

    /** Which groups this member leads. */
    Leads leads() {
        return leads;
    }

    /** Has a look whether this member leads a group, at once; on the group's thread. */
    void lookWhoLeads(CPGroupId group) {
        if (raft.getRaftNode(group) instanceof RaftNodeImpl node) {
            leads.look(node);
        }
    }

    /** A name that two clusters do not share; null before this member has met the voting ones. */
    @Nullable
    UUID clusterId() {
        RaftNode metadata = raft.getRaftNode(raft.getMetadataGroupId());
        return metadata == null ? null : GroupIdentity.cluster(metadata.getInitialMembers());
    }

    /** The random name of its data folder. */
    UUID folderId() {
        return folder.identity().folder();
    }

    /** How this member sees its cluster. Asks the members that vote; the future completes on {@code context}, soon. */
    public Future<MemberStatus> view(ContextInternal context) {
        return new Census(engine, raft).take(context, this::status);
    }

    /** Those of all members that this one has not met, as they are named in its options. Blocks while it looks names up. */
    public List<String> missing() {
        return Census.missing(engine, options.members());
    }

    /** The voting members, as the groups' group has them. The future completes on {@code context}. */
    public Future<Collection<CPMember>> voters(ContextInternal context) {
        return bridge(context, raft.getCPMembers());
    }

    /** This member's id among those that vote; null if it does not vote. */
    public @Nullable UUID voter() {
        CPMemberInfo self = raft.getLocalCPMember();
        return self == null ? null : self.getUuid();
    }

    /** Takes a voting member that will not come back out of all groups. The future completes on {@code context}. */
    public Future<Void> remove(ContextInternal context, UUID voter) {
        return bridge(context, raft.removeCPMember(voter));
    }

    /**
     * Lets this member vote, in the place of one that was removed. The future completes on {@code context}, when it votes in
     * every group: each takes it in by itself, and until then the others must not fail.
     */
    public Future<Void> promote(ContextInternal context) {
        Promise<Void> promise = context.promise();
        Future<Void> promoted = bridge(context, raft.promoteToCPMember());
        promoted.onSuccess(done -> awaitVote(context, promise)).onFailure(promise::fail);
        return promise.future();
    }

    private void awaitVote(ContextInternal context, Promise<Void> promise) {
        if (!hazelcast.getLifecycleService().isRunning()) {
            promise.fail(new IllegalStateException("this member was closed before it voted in all groups"));
        } else if (votes(raft.getMetadataGroupId())
                && IntStream.rangeClosed(1, options.groups()).allMatch(number -> votes(group(number)))) {
            promise.complete();
        } else {
            context.setTimer(READY_STEP_MILLIS, later -> awaitVote(context, promise));
        }
    }

    private boolean votes(RaftGroupId group) {
        RaftNode node = raft.getRaftNode(group);
        return node != null && node.getAppliedMembers().contains(raft.getLocalCPEndpoint());
    }

    /** Hazelcast itself, for tests. */
    HazelcastInstance hazelcast() {
        return hazelcast;
    }

    /** Hands its groups over to others that lead them on, leaves, and closes the folder. Blocks, for seconds at most. */
    @Override
    public void close() throws IOException {
        if (ending.begin()) {
            handOver();
            hazelcast.getLifecycleService().shutdown();
            calls.close();
            folder.close();
        }
    }

    private void handOver() {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(HAND_OVER_MILLIS_MAX);
        extension.leave();
        for (CPGroupId group : raft.getLeadedGroups()) {
            RaftNode node = raft.getRaftNode(group);
            for (CPMemberInfo other : node == null ? List.<CPMemberInfo>of() : balance.others(node)) {
                if (handedOver(group, other, deadline)) {
                    break;
                }
            }
        }
    }

    private boolean handedOver(CPGroupId group, CPMemberInfo to, long deadline) {
        try {
            Object unused = await((CompletableFuture<?>) raft.transferLeadership(group, to), deadline);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        } catch (ExecutionException | TimeoutException | RuntimeException e) {
            LOG.debug("{} could not be handed over to {}: {}", group.getName(), to, e.toString());
            return false;
        }
    }

    /** Stops at once, as a crash would, and closes the folder. Blocks. */
    public void terminate() throws IOException {
        if (ending.begin()) {
            hazelcast.getLifecycleService().terminate();
            calls.close();
            folder.close();
        }
    }

    /** Ends the member once, whatever the reason. */
    private static final class Ending implements Consumer<IOException> {
        private final Consumer<IOException> onEnd;
        private final AtomicReference<@Nullable IOException> reason = new AtomicReference<>();
        private @Nullable RaftMember member;
        private boolean begun;

        Ending(Consumer<IOException> onEnd) {
            this.onEnd = onEnd;
        }

        synchronized void started(RaftMember member) {
            this.member = member;
            if (reason.get() != null) {
                endLater();
            }
        }

        /** Whether it is the first time. */
        synchronized boolean begin() {
            boolean first = !begun;
            begun = true;
            return first;
        }

        @Override
        public void accept(IOException failure) {
            if (reason.compareAndSet(null, failure)) {
                LOG.error("this member stops: {}", failure.getMessage());
                endLater();
            }
        }

        /** On a thread of its own: the one that failed is a group's, and Hazelcast waits for those when it ends. */
        private synchronized void endLater() {
            if (member != null) {
                Thread thread = new Thread(this::end, "tandem-raft-end");
                thread.setDaemon(true);
                thread.start();
            }
        }

        private void end() {
            RaftMember ending;
            synchronized (this) {
                ending = member;
            }
            IOException why = reason.get();
            if (ending == null || why == null) {
                return;
            }
            try {
                ending.terminate();
            } catch (IOException e) {
                LOG.warn("the data folder can't be closed ({})", e.getMessage());
            }
            onEnd.accept(why);
        }
    }
}
