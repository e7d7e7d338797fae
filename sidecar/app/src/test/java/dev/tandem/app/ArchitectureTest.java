package dev.tandem.app;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows between the modules, as docs/architecture.md draws them, and a few rules that no compiler knows. */
class ArchitectureTest {

    private static final String OURS = "dev.tandem..";
    private static final String TASK = "dev.tandem.task..";
    private static final String STORE = "dev.tandem.store";
    private static final String BACKENDS = "dev.tandem.store.*..";
    /** The link between sidecars and store nodes, which is gRPC. */
    private static final String NODE = "dev.tandem.store.raft.node..";

    private static final String TESTKIT = "dev.tandem.testkit..";
    private static final String ROUTING = "dev.tandem.routing..";
    private static final String BACKUP = "dev.tandem.backup..";
    private static final String MIGRATION = "dev.tandem.migration..";
    private static final String MESSAGES = "dev.tandem.v1..";
    private static final String GRPC = "dev.tandem.grpc..";
    private static final String CLIENT = "dev.tandem.client..";
    private static final String BENCH = "dev.tandem.bench..";
    private static final String APP = "dev.tandem.app..";

    private static JavaClasses tandem;

    @BeforeAll
    static void importEveryModule() {
        tandem = new ClassFileImporter()
                .withImportOption(new DoNotIncludeTests())
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("dev.tandem");
    }

    /** Each package, and those of ours that it may know beside itself. */
    static Stream<Arguments> arrows() {
        return Stream.of(
                arguments(TASK, List.of()),
                arguments(STORE, List.of(TASK)),
                arguments(BACKENDS, List.of(STORE, TASK)),
                arguments(TESTKIT, List.of(STORE, TASK)),
                arguments(ROUTING, List.of(STORE, TASK)),
                arguments(MIGRATION, List.of(ROUTING, STORE, TASK)),
                arguments(BACKUP, List.of(STORE, TASK)),
                arguments(MESSAGES, List.of()),
                arguments(CLIENT, List.of(MESSAGES)),
                arguments(GRPC, List.of(MESSAGES, ROUTING, MIGRATION, STORE, TASK)),
                arguments(BENCH, List.of(CLIENT, MESSAGES, GRPC, ROUTING, MIGRATION, BACKENDS, STORE, TASK)),
                arguments(
                        APP,
                        List.of(BACKUP, BENCH, CLIENT, MESSAGES, GRPC, ROUTING, MIGRATION, BACKENDS, STORE, TASK)));
    }

    @ParameterizedTest
    @MethodSource("arrows")
    void dependencies_ofEachPackage_followTheArrows(String itself, List<String> others) {
        String[] known = Stream.concat(Stream.of(itself), others.stream()).toArray(String[]::new);
        classes()
                .that()
                .resideInAPackage(itself)
                .should()
                .onlyDependOnClassesThat(not(resideInAPackage(OURS)).or(resideInAnyPackage(known)))
                .allowEmptyShould(true) // a package may be empty as yet
                .check(tandem);
    }

    @Test
    void packages_allOfThem_haveTheirPlaceInTheArrows() {
        String[] placed = arrows().map(arrow -> (String) arrow.get()[0]).toArray(String[]::new);
        classes().should().resideInAnyPackage(placed).check(tandem);
    }

    @Test
    void backends_eachOther_areUnknown() {
        slices().matching("dev.tandem.store.(*)..")
                .should()
                .notDependOnEachOther()
                .check(tandem);
    }

    @Test
    void packages_betweenThem_haveNoCycles() {
        slices().matching("dev.tandem.(**)").should().beFreeOfCycles().check(tandem);
    }

    @Test
    void rulesAndStores_theWire_isUnknown() {
        noClasses()
                .that()
                .resideInAnyPackage(TASK, STORE, BACKENDS, TESTKIT, ROUTING, BACKUP, MIGRATION)
                .and()
                .resideOutsideOfPackage(NODE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx.grpc..", "io.grpc..", "com.google.protobuf..", "com.google.api..")
                .check(tandem);
    }

    @Test
    void rules_otherLibraries_areNone() {
        classes()
                .that()
                .resideInAPackage(TASK)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(TASK, "java..", "org.jspecify..")
                .check(tandem);
    }

    @Test
    void rules_clockAndChance_comeWithTheCommand() {
        // A replica that applies the same command later must come to the same result.
        noClasses()
                .that()
                .resideInAPackage(TASK)
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(InstantSource.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Random.class)
                .orShould()
                .callMethod(UUID.class, "randomUUID")
                .orShould()
                .callMethod(Math.class, "random")
                .check(tandem);
    }

    @Test
    void settings_outsideOfTheProgram_areArguments() {
        // testkit reads the seed of a test from a property; the SQLite driver knows no other way to be told of a
        // folder.
        noClasses()
                .that()
                .resideOutsideOfPackages(APP, TESTKIT)
                .and()
                .doNotHaveFullyQualifiedName("dev.tandem.store.sqlite.NativeLibrary")
                .should()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class, String.class)
                .orShould()
                .callMethod(System.class, "getenv")
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(Boolean.class, "getBoolean", String.class)
                .orShould()
                .callMethod(Integer.class, "getInteger", String.class, int.class)
                .orShould()
                .callMethod(Long.class, "getLong", String.class, long.class)
                .check(tandem);
    }

    @Test
    void standardStreams_outsideOfTheProgram_areLeftAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackages(APP, BENCH, TESTKIT)
                .should(ACCESS_STANDARD_STREAMS)
                .check(tandem);
    }

    @Test
    void javaSerialization_anywhere_isNotUsed() {
        noClasses()
                .that()
                .resideOutsideOfPackage(MESSAGES)
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectOutputStream.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ObjectInputStream.class)
                .check(tandem);
    }
}
