package dev.tandem.app.sidecar;

import dev.tandem.store.raft.ChangeListener;
import dev.tandem.store.raft.TaskGroups;
import dev.tandem.store.raft.state.Batch;
import dev.tandem.store.raft.state.GroupQuery;

/** Groups as a second user of theirs reaches them, who is not told of changes: groups tell one. */
record UnwatchedGroups(TaskGroups groups) implements TaskGroups {
    @Override
    public int count() {
        return groups.count();
    }

    @Override
    public boolean isOnDisk() {
        return groups.isOnDisk();
    }

    @Override
    public void apply(int group, Batch batch, long timeoutMillis, Answer<Applied> answer) {
        groups.apply(group, batch, timeoutMillis, answer);
    }

    @Override
    public void read(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        groups.read(group, query, timeoutMillis, answer);
    }

    @Override
    public void readHere(int group, GroupQuery query, long timeoutMillis, Answer<Object> answer) {
        groups.readHere(group, query, timeoutMillis, answer);
    }

    @Override
    public void onChange(ChangeListener listener) {
        // The one who is told already stays it.
    }
}
