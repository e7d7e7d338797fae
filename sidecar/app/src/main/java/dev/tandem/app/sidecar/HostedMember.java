package dev.tandem.app.sidecar;

import dev.tandem.app.config.RaftOptions;
import dev.tandem.store.raft.member.MemberGroups;
import dev.tandem.store.raft.member.MemberStatus;
import dev.tandem.store.raft.member.RaftMember;
import dev.tandem.store.raft.member.TaskService;
import dev.tandem.task.Limits;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Raft member in this process. What blocks of it, its start, its wait for the others and its end, has a thread of its own.
 *
 * <p>Loads Hazelcast.
 */
final class HostedMember {
    /** How long one look at the groups takes before it is told who is missing. */
    private static final long LOOK_MILLIS = 1_000;

    /** After how long the log is told that the others are waited for: longer than a first start of all takes. */
    private static final long TELL_FIRST_NANOS = TimeUnit.SECONDS.toNanos(3);

    /** How often it is told again. */
    private static final long TELL_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger log = LoggerFactory.getLogger(HostedMember.class);

    private final Vertx vertx;
    private final RaftOptions options;
    private final RaftMember member;
    private final MemberGroups groups;
    private final WorkerExecutor thread;
    private final Future<String> lost;
    private volatile String waitsFor = "the Raft member is starting";
    private volatile boolean closing;

    private HostedMember(
            Vertx vertx,
            RaftOptions options,
            RaftMember member,
            TaskService tasks,
            WorkerExecutor thread,
            Future<String> lost) {
        this.vertx = vertx;
        this.options = options;
        this.member = member;
        this.thread = thread;
        this.lost = lost;
        groups = new MemberGroups(member, tasks);
    }

    /**
     * Starts a member, which reads its folder and looks for the others. It fails with an {@link IOException} whose message is
     * a sentence for people.
     */
    static Future<HostedMember> start(Vertx vertx, RaftOptions options) {
        // Executors are shared by name. The bound is for Vert.x's watch over threads that hang: a start may wait for
        // long.
        WorkerExecutor thread = vertx.createSharedWorkerExecutor(
                "tandem-raft-" + options.member().port(), 1, 1, TimeUnit.DAYS);
        Promise<String> lost = Promise.promise();
        return thread.executeBlocking(() -> {
                    TaskService tasks = new TaskService(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
                    RaftMember member = RaftMember.start(
                            options.member(),
                            Map.of(TaskService.NAME, tasks),
                            failure -> lost.tryComplete(failure.getMessage()));
                    return new HostedMember(vertx, options, member, tasks, thread, lost.future());
                })
                .onFailure(failure -> thread.close());
    }

    /**
     * Completes when the groups can be used. Until then {@link #waitsFor} and the log say who is missing; after the start
     * time-out it fails with the same sentence.
     */
    Future<Void> ready() {
        return thread.executeBlocking(() -> {
            awaitGroups();
            waitsFor = "";
            return null;
        });
    }

    private void awaitGroups() throws InterruptedException, IOException {
        long began = System.nanoTime();
        long nextTell = began + TELL_FIRST_NANOS;
        while (true) {
            try {
                member.awaitReady(LOOK_MILLIS);
                return;
            } catch (TimeoutException e) {
                waitsFor = sentence(String.valueOf(e.getMessage()), member.missing());
                long now = System.nanoTime();
                if (closing || now - began > options.startTimeout().toNanos()) {
                    throw new IOException(waitsFor + ". Given up after raft.start_timeout", e);
                }
                if (now - nextTell >= 0) {
                    log.info("waiting for other Raft members: {}", waitsFor);
                    nextTell = now + TELL_AGAIN_NANOS;
                }
            }
        }
    }

    private static String sentence(String problem, List<String> missing) {
        return missing.isEmpty()
                ? problem
                : String.join(", ", missing) + (missing.size() == 1 ? " is" : " are") + " not there; " + problem;
    }

    /** Why the groups can't be used yet; empty once they could be. */
    String waitsFor() {
        return waitsFor;
    }

    RaftMember member() {
        return member;
    }

    /** How the member sees its cluster. The future completes on the caller's context, soon, and does not fail. */
    Future<MemberStatus> status() {
        return member.view((ContextInternal) vertx.getOrCreateContext());
    }

    MemberGroups groups() {
        return groups;
    }

    /** Completes, on any thread, with the reason why the member has ended by itself, if it does. */
    Future<String> lost() {
        return lost;
    }

    /** Hands the groups that the member leads over to others, and ends it. */
    Future<Void> close() {
        closing = true;
        return thread.<Void>executeBlocking(() -> {
                    member.close();
                    return null;
                })
                .onComplete(ended -> thread.close());
    }
}
