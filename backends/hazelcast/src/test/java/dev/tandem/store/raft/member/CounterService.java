package dev.tandem.store.raft.member;

import com.hazelcast.cp.CPGroupId;
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

/** A state machine to try members with: counters by name, which are added to, and as many bytes with each as one likes. */
final class CounterService implements ManagedService, SnapshotAwareService<CounterService.State> {
    static final String NAME = "counters";

    private final Map<CPGroupId, PMap<String, Long>> groups = new ConcurrentHashMap<>();

    /** Each group's counters as they were applied here. */
    PMap<String, Long> counters(CPGroupId group) {
        return groups.getOrDefault(group, HashTreePMap.empty());
    }

    private long add(CPGroupId group, String name, long amount) {
        PMap<String, Long> before = counters(group);
        long after = before.getOrDefault(name, 0L) + amount;
        groups.put(group, before.plus(name, after));
        return after;
    }

    @Override
    public @Nullable State takeSnapshot(CPGroupId group, long commitIndex) {
        PMap<String, Long> counters = groups.get(group);
        return counters == null ? null : new State(counters);
    }

    @Override
    public void restoreSnapshot(CPGroupId group, long commitIndex, State snapshot) {
        groups.put(group, snapshot.counters);
    }

    @Override
    public void init(NodeEngine nodeEngine, Properties properties) {}

    @Override
    public void reset() {}

    @Override
    public void shutdown(boolean terminate) {}

    /** Adds, and answers with the sum. */
    static final class Add extends RaftOp implements IdentifiedDataSerializable {
        private String name = "";
        private long amount;
        private byte[] ballast = {};

        Add() {}

        Add(String name, long amount, byte[] ballast) {
            this.name = name;
            this.amount = amount;
            this.ballast = ballast;
        }

        @Override
        public Object run(CPGroupId groupId, long commitIndex) {
            return this.<CounterService>getService().add(groupId, name, amount);
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
            out.writeString(name);
            out.writeLong(amount);
            out.writeByteArray(ballast);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
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

    /** All counters of a group; never changed. */
    static final class State implements IdentifiedDataSerializable {
        private PMap<String, Long> counters;

        State() {
            this(HashTreePMap.empty());
        }

        State(PMap<String, Long> counters) {
            this.counters = counters;
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
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            PMap<String, Long> read = HashTreePMap.empty();
            for (int left = in.readInt(); left > 0; left--) {
                read = read.plus(in.readString(), in.readLong());
            }
            counters = read;
        }
    }
}
