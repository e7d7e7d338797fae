package dev.tandem.store.raft.member;

import com.hazelcast.config.SerializationConfig;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import dev.tandem.store.FailureKind;
import dev.tandem.store.StoreException;
import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.log.DataFolderException;
import dev.tandem.store.raft.log.StoppedFolder;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.store.raft.state.StateView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The groups of a cluster as members that do not run have left them on their disks: the way out when most of the members are
 * lost. Questions are answered, from memory; commands are refused as NOT_APPLIED.
 *
 * <p>Of each group, the log is taken that is furthest of those that are there: the one whose last entry has the highest term, and of
 * these the longest. It holds every committed entry that any of them holds (leader completeness and log matching, sections 5.3 and
 * 5.4 of the Raft paper). All of it is applied, also what lies behind the last entry that is known to be committed, as nobody is left
 * to ask. So:
 *
 * <ul>
 *   <li>With the folders of most of a group's voting members ({@link Found#isMajority}), every acknowledged change is there.
 *   <li>With fewer, a change is missing if it was acknowledged and is on lost members alone. How much that is nobody can know: seldom
 *       more than the last moment if the members that are left could reach the others until the end, and all since then if
 *       they could not.
 *   <li>A change may be there that was never acknowledged: its caller was told that it may have been applied (MAYBE_APPLIED), or was
 *       told nothing. With fewer than most of the folders it may stand where the lost members have acknowledged others, and a
 *       change that was tried again by a new leader may have another outcome than the one that its caller was told: a task may be
 *       claimed by another worker, or have another version.
 * </ul>
 *
 * <p>So what is read is a state that the group was in or was about to be in, and never a mixture of two. Safe for use by several threads.
 */
public final class StoppedMembers implements TaskGroups, AutoCloseable {
    private static final int READS_WAITING_MAX = 1_000;

    private final String cluster;
    private final List<Found> found;
    private final List<StateView> views;
    private final ThreadPoolExecutor reads;

    private StoppedMembers(String cluster, List<Found> found, List<StateView> views) {
        this.cluster = cluster;
        this.found = List.copyOf(found);
        this.views = List.copyOf(views);
        reads = new ThreadPoolExecutor(
                1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(READS_WAITING_MAX), task -> {
                    Thread thread = new Thread(task, "tandem-raft-stopped");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * What a group is read from.
     *
     * @param group its number, from 1 on
     * @param folder whose log is furthest
     * @param term the last entry's
     * @param index the last entry's
     * @param voters how many members vote in the group, by that log
     * @param votersRead how many of these had one of the folders
     */
    public record Found(int group, Path folder, int term, long index, int voters, int votersRead) {
        /** Whether every acknowledged change of the group is there. */
        public boolean isMajority() {
            return votersRead > voters / 2;
        }
    }

    /**
     * Reads the folders of one or several members of a cluster, and changes nothing in them. Blocks for as long as a member needs to
     * start, and takes as much memory as one. The folders are not used any more when it returns.
     *
     * @throws DataFolderException if one can't be used, or they do not belong together, or a group is in none of them; with a
     *     sentence that says so
     */
    public static StoppedMembers read(List<Path> folders) throws IOException {
        List<StoppedFolder> opened = new ArrayList<>();
        try {
            for (Path folder : folders) {
                opened.add(StoppedFolder.open(folder));
            }
            return read(StoppedLogs.of(opened));
        } catch (DataFolderException e) {
            throw e.damage() == null
                    ? e
                    : new DataFolderException(
                            e.damage() + ". Put back what was there, or leave this folder out if you have another", e);
        } finally {
            for (StoppedFolder folder : opened) {
                folder.close();
            }
        }
    }

    private static StoppedMembers read(StoppedLogs logs) throws IOException {
        InternalSerializationService serialization = new DefaultSerializationServiceBuilder()
                .setConfig(new SerializationConfig())
                .build();
        try {
            Operations operations = new Operations(serialization);
            List<Found> found = new ArrayList<>();
            List<StateView> views = new ArrayList<>();
            for (int group = 1; group <= logs.groups(); group++) {
                StoppedLogs.Log log = logs.furthest(group);
                Replay replay = Replay.of(log, operations);
                found.add(new Found(
                        group,
                        log.folder(),
                        log.group().lastTerm(),
                        log.group().lastIndex(),
                        replay.voters().size(),
                        logs.countOf(group, replay.voters())));
                views.add(replay.view());
            }
            return new StoppedMembers(logs.cluster(), found, views);
        } finally {
            serialization.dispose();
        }
    }

    /** The name of the cluster. */
    public String cluster() {
        return cluster;
    }

    /** What each group is read from, in their order. */
    public List<Found> found() {
        return found;
    }

    @Override
    public int count() {
        return views.size();
    }

    @Override
    public boolean isOnDisk() {
        return true;
    }

    @Override
    public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
        answer.failed(new StoreException(
                FailureKind.NOT_APPLIED, "what stopped members have left on their disks can be read, and not changed"));
    }

    @Override
    public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        ReadAnswer asked = new ReadAnswer(query, views.get(group - 1));
        if (asked.isShort()) {
            MemberGroups.find(asked, answer);
            return;
        }
        try {
            reads.execute(() -> MemberGroups.find(asked, answer));
        } catch (RejectedExecutionException e) {
            answer.failed(
                    reads.isShutdown()
                            ? new StoreException(FailureKind.NOT_APPLIED, "the store is closed")
                            : new StoreException(FailureKind.OVERLOADED, "too many reads at once: ask again later"));
        }
    }

    @Override
    public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        read(group, query, timeoutMillis, answer);
    }

    /** Nothing changes. */
    @Override
    public void onChange(ChangeListener listener) {}

    @Override
    public void close() {
        reads.shutdown();
    }
}
