package dev.tandem.store.raft.node;

import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.HostedGroups;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupMachine;
import dev.tandem.store.raft.state.GroupQuery;
import dev.tandem.task.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Groups on the real state machine without Raft, whose leaders and answers a test decides. */
final class ScriptedGroups implements HostedGroups {
    private final List<GroupMachine> machines;
    private final List<Lead> leads = new CopyOnWriteArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private final UUID memberId = UUID.randomUUID();
    private volatile ChangeListener listener = ChangeListener.NONE;
    private volatile Runnable onLeads = () -> {};
    private boolean isHolding;

    volatile String cluster = "scripted";
    volatile UUID clusterId = new UUID(1, 1);
    volatile boolean isOnDisk = true;
    private int asked;

    private ScriptedGroups(List<GroupMachine> machines) {
        this.machines = machines;
    }

    static ScriptedGroups create(int count) {
        List<GroupMachine> machines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            machines.add(new GroupMachine(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT));
        }
        return new ScriptedGroups(machines);
    }

    /** Another member with the same records. */
    ScriptedGroups another() {
        ScriptedGroups other = new ScriptedGroups(machines);
        other.cluster = cluster;
        other.clusterId = clusterId;
        return other;
    }

    /** Has it say that it leads groups in this term, and no others. */
    void lead(long term, int... groups) {
        leads.clear();
        for (int group : groups) {
            leads.add(new Lead(group, term));
        }
        onLeads.run();
    }

    /** Keeps answers, and calls, to itself from now on. */
    synchronized void hold() {
        isHolding = true;
    }

    /** Answers what was held, and what comes. */
    void release() {
        List<Runnable> now;
        synchronized (this) {
            isHolding = false;
            now = List.copyOf(held);
            held.clear();
        }
        now.forEach(Runnable::run);
    }

    /** How many calls have come. */
    synchronized int asked() {
        return asked;
    }

    private void run(Runnable call) {
        synchronized (this) {
            asked++;
            if (isHolding) {
                held.add(call);
                return;
            }
        }
        call.run();
    }

    @Override
    public int count() {
        return machines.size();
    }

    @Override
    public boolean isOnDisk() {
        return isOnDisk;
    }

    @Override
    public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
        run(() -> {
            GroupMachine.Result result;
            synchronized (machines) {
                result = machines.get(group - 1).apply(batch);
            }
            result.changed().forEach(namespace -> listener.changed(group, namespace));
            answer.succeeded(new Applied(result.outcomes()));
        });
    }

    @Override
    public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        run(() -> answer.succeeded(query.answer(machines.get(group - 1).view())));
    }

    @Override
    public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        read(group, query, timeoutMillis, answer);
    }

    @Override
    public void onChange(ChangeListener next) {
        listener = next;
    }

    @Override
    public String cluster() {
        return cluster;
    }

    @Override
    public UUID clusterId() {
        return clusterId;
    }

    @Override
    public UUID memberId() {
        return memberId;
    }

    @Override
    public List<Lead> leads() {
        return List.copyOf(leads);
    }

    @Override
    public void onLeads(Runnable next) {
        onLeads = next;
    }
}
