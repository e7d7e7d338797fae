package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
import com.hazelcast.cp.internal.IndeterminateOperationStateAware;
import com.hazelcast.cp.internal.RaftOp;
import com.hazelcast.cp.internal.raft.SnapshotAwareService;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.NodeEngine;
import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * A state machine to try members with: counters by name, which are added to. An addition has an id, and is applied once.
 */
final class CounterService implements ManagedService, SnapshotAwareService<CounterService.State> {
    static final String NAME = "counters";

    private final Map<CPGroupId, State> groups = new ConcurrentHashMap<>();

    private State state(CPGroupId group) {
        return groups.getOrDefault(group, new State());
    }

    /** Each group's counters as they were applied here. */
    PMap<String, Long> counters(CPGroupId group) {
        return state(group).counters;
    }

    private long add(CPGroupId group, Add add) {
        State before = state(group);
        Long known = before.results.get(add.id);
        if (known != null) {
            return known;
        }
        long after = before.counters.getOrDefault(add.name, 0L) + add.amount;
        groups.put(group, new State(before.counters.plus(add.name, after), before.results.plus(add.id, after)));
        return after;
    }

    @Override
    public @Nullable State takeSnapshot(CPGroupId group, long commitIndex) {
        return groups.get(group);
    }

    @Override
    public void restoreSnapshot(CPGroupId group, long commitIndex, State snapshot) {
        groups.put(group, snapshot);
    }

    @Override
    public void init(NodeEngine nodeEngine, Properties properties) {}

    @Override
    public void reset() {}

    @Override
    public void shutdown(boolean terminate) {}

    /** Adds, and answers with the sum. */
    static final class Add extends RaftOp implements IdentifiedDataSerializable, IndeterminateOperationStateAware {
        private long id;
        private String name = "";
        private long amount;
        private byte[] ballast = {};

        Add() {}

        Add(long id, String name, long amount, byte[] ballast) {
            this.id = id;
            this.name = name;
            this.amount = amount;
            this.ballast = ballast;
        }

        @Override
        public Object run(CPGroupId groupId, long commitIndex) {
            return this.<CounterService>getService().add(groupId, this);
        }

        @Override
        public boolean isRetryableOnIndeterminateOperationState() {
            return true;
        }

        @Override
        protected String getServiceName() {
            return NAME;
        }

        @Override
        public int getFactoryId() {
            return CounterTypes.FACTORY;
        }

        @Override
        public int getClassId() {
            return CounterTypes.ADD;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeLong(id);
            out.writeString(name);
            out.writeLong(amount);
            out.writeByteArray(ballast);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            id = in.readLong();
            name = in.readString();
            amount = in.readLong();
            ballast = in.readByteArray();
        }
    }

    /** Answers with the sum. */
    static final class Get extends RaftOp implements IdentifiedDataSerializable {
        private String name = "";

        Get() {}

        Get(String name) {
            this.name = name;
        }

        @Override
        public Object run(CPGroupId groupId, long commitIndex) {
            return this.<CounterService>getService().counters(groupId).getOrDefault(name, 0L);
        }

        @Override
        protected String getServiceName() {
            return NAME;
        }

        @Override
        public int getFactoryId() {
            return CounterTypes.FACTORY;
        }

        @Override
        public int getClassId() {
            return CounterTypes.GET;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeString(name);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            name = in.readString();
        }
    }

    /** All counters of a group, and the results by id; never changed. */
    static final class State implements IdentifiedDataSerializable {
        private PMap<String, Long> counters;
        private PMap<Long, Long> results;

        State() {
            this(HashTreePMap.empty(), HashTreePMap.empty());
        }

        State(PMap<String, Long> counters, PMap<Long, Long> results) {
            this.counters = counters;
            this.results = results;
        }

        @Override
        public int getFactoryId() {
            return CounterTypes.FACTORY;
        }

        @Override
        public int getClassId() {
            return CounterTypes.STATE;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeInt(counters.size());
            for (Map.Entry<String, Long> counter : counters.entrySet()) {
                out.writeString(counter.getKey());
                out.writeLong(counter.getValue());
            }
            out.writeInt(results.size());
            for (Map.Entry<Long, Long> result : results.entrySet()) {
                out.writeLong(result.getKey());
                out.writeLong(result.getValue());
            }
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            PMap<String, Long> sums = HashTreePMap.empty();
            for (int left = in.readInt(); left > 0; left--) {
                sums = sums.plus(in.readString(), in.readLong());
            }
            counters = sums;
            PMap<Long, Long> known = HashTreePMap.empty();
            for (int left = in.readInt(); left > 0; left--) {
                known = known.plus(in.readLong(), in.readLong());
            }
            results = known;
        }
    }
}
