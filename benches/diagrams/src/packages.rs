//! The packages.

use crate::binary::Binary;
use biodivine_lib_bdd::{Bdd, BddVariable, BddVariableSet, op_function};
use num_bigint::BigUint;
use oxidd::{
    BooleanFunction, BooleanFunctionQuant, BooleanOperator, Function, FunctionSubst, Manager,
    ManagerRef, Subst,
    bcdd::{BCDDFunction, BCDDManagerRef},
};

/// `biodivine-lib-bdd`: every diagram is an array of its own, nothing is shared.
pub(crate) struct Biodivine {
    set: BddVariableSet,
    variables: Vec<BddVariable>,
}

impl Binary for Biodivine {
    type Set = Bdd;
    /// Variables of now and of next, and that both are equal: renaming in place is `unsafe` here.
    type Bits = (Vec<BddVariable>, Vec<BddVariable>, Bdd);

    fn new(variables: usize) -> Self {
        let set = BddVariableSet::new_anonymous(u16::try_from(variables).expect("few variables"));
        Self { variables: set.variables(), set }
    }

    fn constant(&self, value: bool) -> Bdd {
        if value { self.set.mk_true() } else { self.set.mk_false() }
    }

    fn literal(&self, variable: usize, value: bool) -> Bdd {
        self.set.mk_literal(self.variables[variable], value)
    }

    fn and(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.and(b)
    }

    fn or(&self, a: &Bdd, b: &Bdd) -> Bdd {
        a.or(b)
    }

    fn bits(&self, bits: &[(usize, usize)]) -> Self::Bits {
        let variable = |bit: usize| self.variables[bit];
        let same = |(now, next): &(usize, usize)| {
            self.set.mk_var(variable(*now)).iff(&self.set.mk_var(variable(*next)))
        };
        let equal = bits.iter().rev().fold(self.set.mk_true(), |all, bit| all.and(&same(bit)));
        let now = bits.iter().map(|(now, _)| variable(*now)).collect();
        (now, bits.iter().map(|(_, next)| variable(*next)).collect(), equal)
    }

    fn image(&self, set: &Bdd, relation: &Bdd, (now, next, equal): &Self::Bits) -> Bdd {
        let image = Bdd::binary_op_with_exists(set, relation, op_function::and, now);
        Bdd::binary_op_with_exists(&image, equal, op_function::and, next)
    }

    fn count(&self, set: &Bdd) -> BigUint {
        set.exact_cardinality()
    }

    fn nodes(&self, set: &Bdd) -> usize {
        set.size()
    }
}

/// `oxidd`, with complement edges, on one thread.
pub(crate) struct Oxidd {
    manager: BCDDManagerRef,
    variables: Vec<BCDDFunction>,
}

impl Binary for Oxidd {
    type Set = BCDDFunction;
    type Bits = (BCDDFunction, Subst<BCDDFunction>);

    fn new(variables: usize) -> Self {
        let manager = oxidd::bcdd::new_manager(NODES, ENTRIES, 1);
        let variables = manager.with_manager_exclusive(|manager| {
            let count = u32::try_from(variables).expect("few variables");
            let added = manager.add_vars(count);
            added.map(|at| BCDDFunction::var(manager, at).expect("room")).collect()
        });
        Self { manager, variables }
    }

    fn constant(&self, value: bool) -> BCDDFunction {
        self.manager.with_manager_shared(|manager| {
            if value { BCDDFunction::t(manager) } else { BCDDFunction::f(manager) }
        })
    }

    fn literal(&self, variable: usize, value: bool) -> BCDDFunction {
        let variable = &self.variables[variable];
        if value { variable.clone() } else { variable.not().expect("room") }
    }

    fn and(&self, a: &BCDDFunction, b: &BCDDFunction) -> BCDDFunction {
        a.and(b).expect("room")
    }

    fn or(&self, a: &BCDDFunction, b: &BCDDFunction) -> BCDDFunction {
        a.or(b).expect("room")
    }

    fn bits(&self, bits: &[(usize, usize)]) -> Self::Bits {
        let now = bits.iter().map(|(now, _)| &self.variables[*now]);
        let now = now.fold(self.constant(true), |cube, bit| self.and(&cube, bit));
        let next = bits.iter().map(|(_, next)| u32::try_from(*next).expect("few")).collect();
        let back = bits.iter().map(|(now, _)| self.variables[*now].clone()).collect();
        (now, Subst::new(next, back))
    }

    fn image(
        &self,
        set: &BCDDFunction,
        relation: &BCDDFunction,
        (now, back): &Self::Bits,
    ) -> BCDDFunction {
        let image = set.apply_exists(BooleanOperator::And, relation, now).expect("room");
        image.substitute(back).expect("room")
    }

    fn count(&self, set: &BCDDFunction) -> BigUint {
        let count = u32::try_from(self.variables.len()).expect("few variables");
        let mut cache = oxidd::util::SatCountCache::default();
        set.sat_count::<BigUint, std::hash::RandomState>(count, &mut cache)
    }

    fn nodes(&self, set: &BCDDFunction) -> usize {
        set.node_count()
    }
}

/// Room for nodes and for the operation cache of `oxidd`, which wants to know beforehand.
const NODES: usize = 1 << 24;
const ENTRIES: usize = 1 << 22;
