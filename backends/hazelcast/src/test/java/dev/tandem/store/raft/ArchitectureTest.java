package dev.tandem.store.raft;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

/** Holds what knows Hazelcast's insides in one package, and the log and the way to nodes free of Hazelcast. */
class ArchitectureTest {
    private static final JavaClasses RAFT =
            new ClassFileImporter().withImportOption(new DoNotIncludeTests()).importPackages("dev.tandem.store.raft");

    @Test
    void insidesOfHazelcast_outsideOfMember_areUnknown() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.tandem.store.raft.member")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "com.hazelcast.cp.internal..",
                        "com.hazelcast.internal..",
                        "com.hazelcast.instance..",
                        "com.hazelcast.spi.impl..")
                .check(RAFT);
    }

    @Test
    void wayToNodes_hazelcast_isUnknown() {
        // A sidecar without a member loads none of its classes.
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.tandem.store.raft", "dev.tandem.store.raft.node", "dev.tandem.store.raft.state")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.hazelcast..", "dev.tandem.store.raft.member..", "dev.tandem.store.raft.log..")
                .check(RAFT);
    }

    @Test
    void log_hazelcast_isUnknown() {
        noClasses()
                .that()
                .resideInAPackage("dev.tandem.store.raft.log")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "com.hazelcast..", "dev.tandem.task..", "io.vertx..", "dev.tandem.store.raft.member..")
                .check(RAFT);
    }
}
